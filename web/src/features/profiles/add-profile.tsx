// Adds a profile; from one that may watch less, with the account's password.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { addProfile } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";

const schema = z.object({
  name: z.string().trim().min(1, "Give the profile a name.").max(40, "40 letters at most."),
  kids: z.boolean(),
  pin: z.string().regex(/^(\d{4})?$/, "Four digits, or nothing."),
  password: z.string(),
});
const UNKNOWN = { name: "", kids: false, pin: "", password: "" };
/** Refusals that the account's password overcomes. */
const NEEDED = new Set(["proof_required", "maturity_not_allowed", "kids_profile"]);

export function AddProfile({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
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
        ...(kids ? { maturity: 7 } : {}),
        ...(pin ? { pin } : {}),
        ...(password ? { password } : {}),
      }),
    onError: (failed) => {
      if (failed instanceof Problem && NEEDED.has(failed.code)) setGuarded(true);
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
      title="A new profile"
      description="Its own list, its own places in every film."
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => add.mutate(values))}
      >
        {!guarded && <FormError error={add.error} />}
        <Field
          label="Name"
          autoComplete="off"
          autoFocus
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label="PIN (if you want one)"
          type="password"
          inputMode="numeric"
          autoComplete="off"
          maxLength={4}
          hint="Asked for whenever this profile is opened."
          error={errors.pin?.message}
          {...form.register("pin")}
        />
        <label className="flex cursor-pointer items-start gap-3">
          <input type="checkbox" className="mt-1 size-4 accent-ruby" {...form.register("kids")} />
          <span>
            <span className="font-medium">For children</span>
            <span className="block text-dust text-sm">Only films suited to the age of 7 and under.</span>
          </span>
        </label>
        {guarded && (
          <Field
            label="Password"
            type="password"
            autoComplete="off"
            autoFocus
            hint="Only a grown-up may add a profile here. Enter the account’s password."
            error={
              add.error instanceof Problem && !NEEDED.has(add.error.code) ? sentence(add.error) : undefined
            }
            {...form.register("password")}
          />
        )}
        <Button type="submit" busy={add.isPending} data-testid="save-profile">
          Add profile
        </Button>
      </form>
    </Dialog>
  );
}
