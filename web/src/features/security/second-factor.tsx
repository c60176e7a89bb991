// The authenticator app: adding one by its picture, the recovery codes, and doing without again.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, queries } from "@/shared/api/queries";
import { beginTotp, confirmTotp, renewCodes, turnTotpOff } from "@/shared/api/security";
import { Declined } from "@/shared/lib/passkeys";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { useProof } from "@/shared/ui/proof";

const again = () => queries.invalidateQueries({ queryKey: keys.security });
const unlessDeclined = (error: unknown) => (error instanceof Declined ? null : error);

export function SecondFactor({ on, left }: { on: boolean; left: number }) {
  const { t } = useTranslation();
  const { proving, dialog } = useProof();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const begin = useMutation({ mutationFn: () => proving(beginTotp) });
  const off = useMutation({ mutationFn: () => proving(turnTotpOff), onSuccess: again });
  const renew = useMutation({
    mutationFn: () => proving(renewCodes),
    onSuccess: (made) => {
      setCodes(made);
      return again();
    },
  });
  return (
    <>
      <p className={on ? "text-mint" : "text-dust"} data-testid="totp-state">
        {on ? t("security.totpOn") : t("security.totpOff")}
      </p>
      <p className="mt-1 max-w-xl text-dust text-sm">
        {on ? t("security.codesLeft", { count: left }) : t("security.totpText")}
      </p>
      <div className="mt-4 flex flex-wrap gap-3">
        {on ? (
          <>
            <Button kind="raised" busy={renew.isPending} onClick={() => renew.mutate()}>
              {t("security.codesNew")}
            </Button>
            <Button kind="quiet" busy={off.isPending} onClick={() => off.mutate()} data-testid="totp-off">
              {t("security.totpTurnOff")}
            </Button>
          </>
        ) : (
          <Button busy={begin.isPending} onClick={() => begin.mutate()} data-testid="totp-begin">
            {t("security.totpBegin")}
          </Button>
        )}
      </div>
      <div className="mt-4 empty:hidden">
        <FormError error={unlessDeclined(begin.error ?? off.error ?? renew.error)} />
      </div>
      {begin.data && !codes && (
        <Enrol
          begun={begin.data}
          confirm={(code) => proving(() => confirmTotp(code))}
          onDone={(made) => {
            setCodes(made);
            void again();
          }}
          onClose={() => begin.reset()}
        />
      )}
      {codes && (
        <Codes
          codes={codes}
          onClose={() => {
            setCodes(null);
            begin.reset();
          }}
        />
      )}
      {dialog}
    </>
  );
}

interface EnrolProps {
  begun: { secret: string; uri: string; qr: string };
  confirm: (code: string) => Promise<string[]>;
  onDone: (codes: string[]) => void;
  onClose: () => void;
}

function Enrol({ begun, confirm, onDone, onClose }: EnrolProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const turnOn = useMutation({ mutationFn: () => confirm(code), onSuccess: onDone });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("security.totpBegin")}
      description={t("security.totpScan")}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          turnOn.mutate();
        }}
      >
        <img
          src={begun.qr}
          alt={t("security.totpPicture")}
          width={220}
          height={220}
          className="self-center rounded-card"
        />
        <p className="text-dust text-sm">
          {t("security.totpTyped")}{" "}
          <span className="select-all break-all font-mono text-ivory" data-testid="totp-secret">
            {begun.secret}
          </span>
        </p>
        <FormError error={unlessDeclined(turnOn.error)} />
        <Field
          label={t("security.code")}
          inputMode="numeric"
          autoComplete="one-time-code"
          data-first
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
        <Button
          type="submit"
          busy={turnOn.isPending}
          disabled={code.trim().length < 6}
          data-testid="totp-confirm"
        >
          {t("security.totpConfirm")}
        </Button>
      </form>
    </Dialog>
  );
}

function Codes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("security.codesTitle")}
      description={t("security.codesText")}
    >
      <ul className="grid grid-cols-2 gap-2 font-mono" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code} className="select-all rounded-card bg-curtain/60 px-3 py-2 text-center">
            {code}
          </li>
        ))}
      </ul>
      <div className="mt-5 flex flex-wrap gap-3">
        <Button data-first onClick={onClose}>
          {t("security.codesKept")}
        </Button>
        <Button kind="raised" onClick={() => void navigator.clipboard?.writeText(codes.join("\n"))}>
          {t("security.codesCopy")}
        </Button>
      </div>
    </Dialog>
  );
}
