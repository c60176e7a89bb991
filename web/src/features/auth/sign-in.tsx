// Signing in: with the password, and the code of a second factor where the account asks for one; or with a passkey.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { me, signIn } from "@/shared/api/identity";
import { Problem } from "@/shared/api/problems";
import { beginPasskeySignIn, signInWithPasskey } from "@/shared/api/security";
import { subscribed } from "@/shared/billing/subscribed";
import { t } from "@/shared/i18n/i18n";
import { linkToken } from "@/shared/lib/link-token";
import { Declined, passkeysWork, showPasskey } from "@/shared/lib/passkeys";
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
type Credentials = z.infer<typeof schema>;

const said = (error: unknown, code: string) => error instanceof Problem && error.code === code;

export function SignIn() {
  const { t } = useTranslation();
  const router = useRouter();
  const { next } = useSearch({ from: "/guests/sign-in" });
  // Of a mail that came because others guess.
  const [unlock] = useState(linkToken);
  const [factor, setFactor] = useState<Credentials | null>(null);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: "", password: "" } });
  const { errors } = form.formState;
  const onwards = {
    onSuccess: (account: Awaited<ReturnType<typeof me>> | null) => {
      // Staff look after the house without a plan of their own.
      const needsPlan =
        account !== null && !subscribed(account.subscription_status) && account.roles.length === 0;
      router.history.replace(needsPlan ? "/plans" : (next ?? entrance()));
    },
  };
  const enter = useMutation({
    mutationFn: async (values: Credentials & { reopen?: boolean; code?: string; trust?: boolean }) => {
      await signIn({ ...values, ...(unlock ? { unlock } : {}) });
      return me().catch(() => null);
    },
    ...onwards,
    onError: (error, { email, password }) => {
      if (said(error, "second_factor_needed")) setFactor({ email, password });
    },
  });
  const show = useMutation({
    mutationFn: async () => {
      await signInWithPasskey(await showPasskey(await beginPasskeySignIn()));
      return me().catch(() => null);
    },
    ...onwards,
  });
  if (factor)
    return (
      <Code
        error={said(enter.error, "second_factor_needed") ? null : enter.error}
        busy={enter.isPending}
        onCode={(code, trust) => enter.mutate({ ...factor, code, trust })}
        onBack={() => {
          setFactor(null);
          enter.reset();
        }}
      />
    );
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
        <FormError error={enter.error ?? (show.error instanceof Declined ? null : show.error)}>
          {said(enter.error, "account_closing") && (
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
        {passkeysWork() && (
          <Button
            size="lg"
            kind="raised"
            busy={show.isPending}
            onClick={() => {
              enter.reset();
              show.mutate();
            }}
            data-testid="sign-in-passkey"
          >
            <KeyRound className="size-5" aria-hidden="true" />
            {t("auth.withPasskey")}
          </Button>
        )}
        <Link
          to="/forgot"
          className="self-start text-dust text-sm underline underline-offset-4 hover:text-ivory"
        >
          {t("auth.forgot")}
        </Link>
      </form>
    </EntryFrame>
  );
}

interface CodeProps {
  error: unknown;
  busy: boolean;
  onCode: (code: string, trust: boolean) => void;
  onBack: () => void;
}

/** The second step: a code of the app, or one of those that were kept for the day it is lost. */
function Code({ error, busy, onCode, onBack }: CodeProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [trust, setTrust] = useState(false);
  return (
    <EntryFrame title={t("auth.codeTitle")} lead={t("auth.codeLead")}>
      <form
        noValidate
        className="flex flex-col gap-5"
        data-testid="code-form"
        onSubmit={(event) => {
          event.preventDefault();
          onCode(code, trust);
        }}
      >
        <FormError error={error} />
        <Field
          label={t("security.code")}
          hint={t("security.codeHint")}
          autoComplete="one-time-code"
          autoFocus
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
        <label className="flex items-start gap-3 text-sm">
          <input
            type="checkbox"
            className="mt-0.5 size-5 accent-ruby"
            checked={trust}
            onChange={({ target }) => setTrust(target.checked)}
          />
          {t("auth.codeTrust")}
        </label>
        <Button type="submit" size="lg" busy={busy} disabled={code.trim() === ""} data-testid="code-submit">
          {t("common.signIn")}
        </Button>
        <Button kind="quiet" onClick={onBack}>
          {t("auth.back")}
        </Button>
      </form>
    </EntryFrame>
  );
}
