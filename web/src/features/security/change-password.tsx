// Another password, with the one there is.

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changePassword } from "@/shared/api/identity";
import { Declined } from "@/shared/lib/passkeys";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { useProof } from "@/shared/ui/proof";
import { toasts } from "@/shared/ui/toasts";

export function ChangePassword() {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [current, setCurrent] = useState("");
  const { proving, dialog } = useProof();
  const [next, setNext] = useState("");
  const turn = (open: boolean) => {
    setAsking(open);
    setCurrent("");
    setNext("");
    change.reset();
  };
  const change = useMutation({
    mutationFn: () => proving(() => changePassword(current, next)),
    onSuccess: () => {
      turn(false);
      toasts.say(t("security.passwordChanged"));
    },
  });
  return (
    <div className="flex flex-wrap items-center justify-between gap-4">
      <p className="max-w-md text-dust text-sm">{t("security.passwordText")}</p>
      <Button kind="raised" onClick={() => turn(true)} data-testid="change-password">
        {t("security.passwordChange")}
      </Button>
      <Dialog open={asking} onOpenChange={turn} title={t("security.passwordChange")}>
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
            label={t("security.passwordCurrent")}
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={({ target }) => setCurrent(target.value)}
          />
          <Field
            label={t("auth.passwordNew")}
            type="password"
            autoComplete="new-password"
            hint={t("auth.passwordHint")}
            value={next}
            onChange={({ target }) => setNext(target.value)}
          />
          <div className="flex flex-wrap items-center gap-4">
            <Button
              type="submit"
              busy={change.isPending}
              disabled={current === "" || next === ""}
              data-testid="change-password-sure"
            >
              {t("security.passwordChange")}
            </Button>
            <Link to="/forgot" className="text-dust text-sm underline underline-offset-4">
              {t("auth.forgot")}
            </Link>
          </div>
        </form>
        {dialog}
      </Dialog>
    </div>
  );
}
