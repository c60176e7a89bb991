// The account's address: whether it is confirmed, and another one.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeEmail, type Me, sendVerification } from "@/shared/api/identity";
import { Declined } from "@/shared/lib/passkeys";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { useProof } from "@/shared/ui/proof";

export function Email({ account }: { account: Me }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  const again = useMutation({ mutationFn: sendVerification });
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="min-w-0">
          <p className="break-words font-medium">{account.email}</p>
          <p
            className={account.email_verified ? "text-mint text-sm" : "text-amber text-sm"}
            data-testid="email-state"
          >
            {account.email_verified ? t("security.confirmed") : t("security.unconfirmed")}
          </p>
        </div>
        <Button kind="raised" onClick={() => setChanging(true)} data-testid="change-email">
          {t("security.emailChange")}
        </Button>
      </div>
      {account.email_verified === false && (
        <div className="mt-5 flex flex-col gap-3 rounded-card bg-amber/10 p-4 text-sm ring-1 ring-amber/30">
          <p>{t("security.unconfirmedWhy")}</p>
          <FormError error={again.error} />
          {again.isSuccess ? (
            <p role="status" className="text-mint">
              {t("security.sentAgain")}
            </p>
          ) : (
            <Button
              kind="light"
              size="sm"
              className="self-start"
              busy={again.isPending}
              onClick={() => again.mutate()}
              data-testid="send-again"
            >
              {t("security.sendAgain")}
            </Button>
          )}
        </div>
      )}
      <ChangeEmail open={changing} onOpenChange={setChanging} />
    </>
  );
}

function ChangeEmail({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const { proving, dialog } = useProof();
  const [password, setPassword] = useState("");
  const change = useMutation({ mutationFn: () => proving(() => changeEmail(email, password)) });
  const turn = (next: boolean) => {
    onOpenChange(next);
    setPassword("");
    if (change.isSuccess) setEmail("");
    change.reset();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={turn}
      title={t("security.emailChange")}
      description={change.isSuccess ? undefined : t("security.emailChangeText")}
    >
      {change.isSuccess ? (
        <div role="status" className="flex flex-col gap-4" data-testid="email-asked">
          <p>{t("security.emailAsked", { email })}</p>
          <Button className="self-start" onClick={() => turn(false)}>
            {t("common.close")}
          </Button>
        </div>
      ) : (
        <form
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate();
          }}
        >
          <FormError error={change.error instanceof Declined ? null : change.error} />
          <Field
            label={t("security.emailNew")}
            type="email"
            inputMode="email"
            autoComplete="email"
            value={email}
            onChange={({ target }) => setEmail(target.value)}
          />
          <Field
            label={t("common.password")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          <Button
            type="submit"
            busy={change.isPending}
            disabled={email === "" || password === ""}
            data-testid="change-email-sure"
          >
            {t("security.emailSend")}
          </Button>
        </form>
      )}
      {dialog}
    </Dialog>
  );
}
