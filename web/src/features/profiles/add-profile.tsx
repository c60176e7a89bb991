// Adds a profile; from one that may watch less, with the account's password.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { addProfile } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { t } from "@/shared/i18n/i18n";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";

const LONGEST_NAME = 40;
/** The highest age rating of a profile for children. */
const CHILDREN = 7;

const schema = z.object({
  name: z
    .string()
    .trim()
    .min(1, { error: () => t("profiles.nameMissing") })
    .max(LONGEST_NAME, { error: () => t("profiles.nameLong", { count: LONGEST_NAME }) }),
  kids: z.boolean(),
  pin: z.string().regex(/^(\d{4})?$/, { error: () => t("profiles.pinWrong") }),
  password: z.string(),
});
const UNKNOWN = { name: "", kids: false, pin: "", password: "" };
/** Refusals that the account's password overcomes. */
const NEEDED = new Set(["proof_required", "maturity_not_allowed", "kids_profile"]);

export function AddProfile({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: UNKNOWN });
  const [guarded, setGuarded] = useState(false);
  const { errors } = form.formState;
  const close = (next: boolean) => {
    if (!next) {
      form.reset();
      add.reset();
      setGuarded(false);
    }
    onOpenChange(next);
  };
  const add = useMutation({
    mutationFn: ({ name, kids, pin, password }: z.infer<typeof schema>) =>
      addProfile({
        name,
        kids,
        ...(kids ? { maturity: CHILDREN } : {}),
        ...(pin ? { pin } : {}),
        ...(password ? { password } : {}),
      }),
    onError: (failed) => {
      if (!(failed instanceof Problem)) return;
      if (NEEDED.has(failed.code)) setGuarded(true);
      for (const field of ["name", "pin"] as const) {
        const message = failed.field(field);
        if (message) form.setError(field, { message });
      }
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.profiles });
      close(false);
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t("profiles.newTitle")}
      description={t("profiles.newText")}
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => add.mutate(values))}
      >
        {!guarded && <FormError error={add.error} />}
        <Field
          label={t("profiles.name")}
          autoComplete="off"
          autoFocus
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label={t("profiles.pinOptional")}
          type="password"
          inputMode="numeric"
          autoComplete="off"
          maxLength={4}
          hint={t("profiles.pinHint")}
          error={errors.pin?.message}
          {...form.register("pin")}
        />
        <label className="flex cursor-pointer items-start gap-3">
          <input type="checkbox" className="mt-1 size-4 accent-ruby" {...form.register("kids")} />
          <span>
            <span className="font-medium">{t("profiles.forChildren")}</span>
            <span className="block text-dust text-sm">
              {t("profiles.forChildrenHint", { age: CHILDREN })}
            </span>
          </span>
        </label>
        {guarded && (
          <Field
            label={t("common.password")}
            type="password"
            autoComplete="off"
            autoFocus
            hint={t("profiles.grownUpOnly")}
            error={
              add.error instanceof Problem && !NEEDED.has(add.error.code) ? sentence(add.error) : undefined
            }
            {...form.register("password")}
          />
        )}
        <Button type="submit" busy={add.isPending} data-testid="save-profile">
          {t("profiles.addSubmit")}
        </Button>
      </form>
    </Dialog>
  );
}
