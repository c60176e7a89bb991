// Setting a new password by the link of a mail.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { resetPassword } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import { t } from "@/shared/i18n/i18n";
import { handLinkTokenTo, linkToken } from "@/shared/lib/link-token";
import { session } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { FormError } from "@/shared/ui/notice";
import { PasswordField } from "./password";

const schema = z.object({
  password: z.string().min(8, { error: () => t("auth.passwordShort", { count: 8 }) }),
});

const isWeak = (error: unknown): error is Problem =>
  error instanceof Problem && (error.code === "weak_password" || error.code === "breached_password");

export function Reset() {
  const { t } = useTranslation();
  const [token] = useState(linkToken);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { password: "" } });
  const set = useMutation({
    mutationFn: ({ password }: z.infer<typeof schema>) => resetPassword(token ?? "", password),
    // Whoever was signed in here was signed out with all others.
    onSuccess: () => {
      session.clear();
      // With it the sign-in has tries of its own, however much others guess.
      handLinkTokenTo("/sign-in");
    },
    onError: (error) => {
      if (isWeak(error)) form.setError("password", { message: sentence(error) }, { shouldFocus: true });
    },
  });
  const gone = token === null || (set.error instanceof Problem && set.error.code === "link_invalid");
  if (gone)
    return (
      <EntryFrame title={t("auth.linkGoneTitle")} lead={t("auth.linkGone")}>
        <Button asChild size="lg" data-testid="reset-again">
          <Link to="/forgot">{t("auth.forgotSend")}</Link>
        </Button>
      </EntryFrame>
    );
  if (set.isSuccess)
    return (
      <EntryFrame title={t("auth.resetDoneTitle")} lead={t("auth.resetDone")}>
        <Button asChild size="lg" data-testid="reset-done">
          <Link to="/sign-in">{t("common.signIn")}</Link>
        </Button>
      </EntryFrame>
    );
  const weak = isWeak(set.error);
  return (
    <EntryFrame title={t("auth.resetTitle")} lead={t("auth.resetLead")}>
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => set.mutate(values))}
        data-testid="reset-form"
      >
        {!weak && <FormError error={set.error} />}
        <PasswordField
          label={t("auth.passwordNew")}
          autoComplete="new-password"
          hint={t("auth.passwordHint")}
          error={form.formState.errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" size="lg" busy={set.isPending} className="mt-2" data-testid="reset-submit">
          {t("auth.resetSet")}
        </Button>
      </form>
    </EntryFrame>
  );
}
