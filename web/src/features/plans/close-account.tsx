// Closing the account: with the password, and with thirty days to think better of it.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { closeAccount } from "@/shared/api/identity";
import { day } from "@/shared/i18n/format";
import { Declined } from "@/shared/lib/passkeys";
import { session } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { useProof } from "@/shared/ui/proof";
import { toasts } from "@/shared/ui/toasts";

export function CloseAccount() {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const { proving, dialog } = useProof();
  const close = useMutation({
    mutationFn: () => proving(() => closeAccount(password)),
    onSuccess: (eraseAt) => {
      session.clear(true);
      toasts.say(t("plans.closed", { day: day(eraseAt) }));
    },
  });
  const ask = (open: boolean) => {
    setAsking(open);
    // Whoever opens it next on this screen has to know the password too.
    setPassword("");
    close.reset();
  };
  return (
    <>
      <p className="max-w-xl text-dust text-sm">{t("plans.closeText")}</p>
      <Button kind="raised" className="mt-4" onClick={() => ask(true)} data-testid="close-account">
        {t("plans.close")}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={ask}
        title={t("plans.closeTitle")}
        description={t("plans.closeSure")}
      >
        <form
          noValidate
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            close.mutate();
          }}
        >
          <FormError error={close.error instanceof Declined ? null : close.error} />
          <Field
            label={t("common.password")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          <div className="flex flex-wrap gap-3">
            <Button
              type="submit"
              busy={close.isPending}
              disabled={password === ""}
              data-testid="close-account-sure"
            >
              {t("plans.close")}
            </Button>
            <Button kind="raised" onClick={() => ask(false)}>
              {t("plans.stay")}
            </Button>
          </div>
        </form>
        {dialog}
      </Dialog>
    </>
  );
}
