// Signing in.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { me, signIn } from "@/shared/api/identity";
import { Problem } from "@/shared/api/problems";
import { subscribed } from "@/shared/billing/subscribed";
import { t } from "@/shared/i18n/i18n";
import { entrance } from "@/shared/session/entrance";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { PasswordField } from "./password";

const schema = z.object({
  email: z.email({ error: () => t("auth.emailWrong") }),
  password: z.string().min(1, { error: () => t("auth.passwordMissing") }),
});

export function SignIn() {
  const { t } = useTranslation();
  const router = useRouter();
  const { next } = useSearch({ from: "/guests/sign-in" });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: "", password: "" } });
  const { errors } = form.formState;
  const enter = useMutation({
    mutationFn: async (values: z.infer<typeof schema> & { reopen?: boolean }) => {
      await signIn(values);
      return me().catch(() => null);
    },
    onSuccess: (account) => {
      // Staff look after the house without a plan of their own.
      const needsPlan =
        account !== null && !subscribed(account.subscription_status) && account.roles.length === 0;
      router.history.replace(needsPlan ? "/plans" : (next ?? entrance()));
    },
  });
  return (
    <EntryFrame
      title={t("auth.signInTitle")}
      lead={t("auth.signInLead")}
      aside={
        <Link to="/register" className="font-medium text-sm hover:underline">
          {t("common.createAccount")}
        </Link>
      }
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => enter.mutate(values))}
        data-testid="sign-in-form"
      >
        <FormError error={enter.error}>
          {enter.error instanceof Problem && enter.error.code === "account_closing" && (
            <Button
              size="sm"
              kind="light"
              className="self-start"
              data-testid="reopen"
              onClick={form.handleSubmit((values) => enter.mutate({ ...values, reopen: true }))}
            >
              {t("auth.reopen")}
            </Button>
          )}
        </FormError>
        <Field
          label={t("common.email")}
          type="email"
          inputMode="email"
          autoComplete="username"
          error={errors.email?.message}
          {...form.register("email")}
        />
        <PasswordField
          label={t("common.password")}
          autoComplete="current-password"
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" size="lg" busy={enter.isPending} className="mt-2" data-testid="sign-in-submit">
          {t("common.signIn")}
        </Button>
      </form>
    </EntryFrame>
  );
}
