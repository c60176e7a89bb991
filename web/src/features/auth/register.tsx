// Making an account.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { register as createAccount } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import { t } from "@/shared/i18n/i18n";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { PasswordField } from "./password";

const LONGEST_NAME = 60;

const schema = z.object({
  name: z
    .string()
    .trim()
    .min(1, { error: () => t("auth.nameMissing") })
    .max(LONGEST_NAME, { error: () => t("auth.nameLong", { count: LONGEST_NAME }) }),
  email: z.email({ error: () => t("auth.emailWrong") }),
  password: z.string().min(8, { error: () => t("auth.passwordShort", { count: 8 }) }),
});

export function Register() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const create = useMutation({
    mutationFn: createAccount,
    onSuccess: () => navigate({ to: "/plans", replace: true }),
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      if (error.code === "email_taken") form.setFocus("email");
      if (error.code === "invalid_email")
        form.setError("email", { message: sentence(error) }, { shouldFocus: true });
      if (error.code === "weak_password" || error.code === "breached_password")
        form.setError("password", { message: sentence(error) }, { shouldFocus: true });
      for (const field of ["name", "email", "password"] as const) {
        const message = error.field(field);
        if (message) form.setError(field, { message });
      }
    },
  });
  const said =
    create.error instanceof Problem &&
    (["weak_password", "breached_password", "invalid_email"].includes(create.error.code) ||
      create.error.body.errors !== undefined);
  return (
    <EntryFrame
      title={t("auth.registerTitle")}
      lead={t("auth.registerLead")}
      aside={
        <Link to="/sign-in" className="font-medium text-sm hover:underline">
          {t("common.signIn")}
        </Link>
      }
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => create.mutate(values))}
        data-testid="register-form"
      >
        {!said && (
          <FormError error={create.error}>
            {create.error instanceof Problem && create.error.code === "email_taken" && (
              <Link to="/sign-in" className="font-semibold underline underline-offset-4">
                {t("auth.signInInstead")}
              </Link>
            )}
          </FormError>
        )}
        <Field
          label={t("auth.name")}
          autoComplete="name"
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label={t("common.email")}
          type="email"
          inputMode="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register("email")}
        />
        <PasswordField
          label={t("common.password")}
          autoComplete="new-password"
          hint={t("auth.passwordHint")}
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button
          type="submit"
          size="lg"
          busy={create.isPending}
          className="mt-2"
          data-testid="register-submit"
        >
          {t("auth.createMine")}
        </Button>
      </form>
    </EntryFrame>
  );
}
