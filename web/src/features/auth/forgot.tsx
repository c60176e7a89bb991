// Asking for a link that sets a new password. What it says is the same whoever asks, and for whom.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { forgotPassword } from "@/shared/api/identity";
import { t } from "@/shared/i18n/i18n";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";

const schema = z.object({ email: z.email({ error: () => t("auth.emailWrong") }) });

export function Forgot() {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: "" } });
  const ask = useMutation({ mutationFn: ({ email }: z.infer<typeof schema>) => forgotPassword(email) });
  const back = (
    <Link to="/sign-in" className="font-medium text-sm hover:underline">
      {t("common.signIn")}
    </Link>
  );
  if (ask.isSuccess)
    return (
      <EntryFrame title={t("auth.forgotSentTitle")} aside={back}>
        <div role="status" className="flex flex-col gap-5" data-testid="forgot-sent">
          <p className="text-dust">{t("auth.forgotSent", { email: ask.variables.email })}</p>
          <Button kind="raised" className="self-start" onClick={() => ask.reset()}>
            {t("auth.forgotAgain")}
          </Button>
        </div>
      </EntryFrame>
    );
  return (
    <EntryFrame title={t("auth.forgotTitle")} lead={t("auth.forgotLead")} aside={back}>
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => ask.mutate(values))}
        data-testid="forgot-form"
      >
        <FormError error={ask.error} />
        <Field
          label={t("common.email")}
          type="email"
          inputMode="email"
          autoComplete="username"
          error={form.formState.errors.email?.message}
          {...form.register("email")}
        />
        <Button type="submit" size="lg" busy={ask.isPending} className="mt-2" data-testid="forgot-submit">
          {t("auth.forgotSend")}
        </Button>
      </form>
    </EntryFrame>
  );
}
