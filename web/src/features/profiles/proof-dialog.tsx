// Asks for what opens a profile: its four digits, or the account's password.

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Proof } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import type { Profile } from "@/shared/api/shapes";
import { t } from "@/shared/i18n/i18n";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";

interface Props {
  profile: Profile | null;
  busy: boolean;
  error: unknown;
  onEnter: (proof: Proof) => void;
  onClose: () => void;
}

function mistake(error: unknown): string | undefined {
  const code = error instanceof Problem ? error.code : undefined;
  if (code === "proof_required") return undefined; // Why this dialog is open at all.
  if (code === "wrong_pin") return t("profiles.wrongPin");
  if (code === "wrong_password") return t("profiles.wrongPassword");
  return error ? sentence(error) : undefined;
}

export function ProofDialog({ profile, busy, error, onEnter, onClose }: Props) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState("");
  const [byPassword, setByPassword] = useState(false);
  const pinned = profile?.has_pin ?? false;
  const pin = pinned && !byPassword;
  const wrong = mistake(error);
  useEffect(() => {
    if (profile === null || wrong) setSecret("");
    if (profile === null) setByPassword(false);
  }, [profile, wrong]);
  return (
    <Dialog
      open={profile !== null}
      onOpenChange={(open) => !open && onClose()}
      title={pinned ? t("profiles.lockedNamed", { name: profile?.name ?? "" }) : t("common.askGrownUp")}
      description={pin ? undefined : t("profiles.passwordToOpen", { name: profile?.name ?? "" })}
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          onEnter(pin ? { pin: secret } : { password: secret });
        }}
      >
        {pin ? (
          <Field
            key="pin"
            label={t("profiles.pin")}
            type="password"
            inputMode="numeric"
            autoComplete="off"
            maxLength={4}
            autoFocus
            value={secret}
            data-testid="pin"
            onChange={(event) => setSecret(event.target.value.replace(/\D/g, ""))}
            error={wrong}
          />
        ) : (
          <Field
            key="password"
            label={t("common.password")}
            type="password"
            autoComplete="off"
            autoFocus
            value={secret}
            data-testid="account-password"
            onChange={(event) => setSecret(event.target.value)}
            error={wrong}
          />
        )}
        <Button type="submit" busy={busy} disabled={pin ? secret.length !== 4 : secret === ""}>
          {t("profiles.open")}
        </Button>
        {pinned && (
          <Button
            type="button"
            kind="quiet"
            size="sm"
            onClick={() => {
              setSecret("");
              setByPassword(!byPassword);
            }}
          >
            {byPassword ? t("profiles.usePin") : t("profiles.usePassword")}
          </Button>
        )}
      </form>
    </Dialog>
  );
}
