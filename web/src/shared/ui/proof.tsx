// Proving oneself again: what is sensitive is tried, and where the service wants a proof first, asked for and tried once more.

import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/shared/api/problems";
import { keys } from "@/shared/api/queries";
import { beginStepUp, securityState, stepUp } from "@/shared/api/security";
import { Declined, passkeysWork, showPasskey } from "@/shared/lib/passkeys";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { FormError } from "./notice";

interface Waiting {
  go: () => void;
  stop: (error: unknown) => void;
}

/** `proving(work)` does the work, with a proof before it where one is needed; `dialog` is to be shown somewhere. */
export function useProof(): { proving: <T>(work: () => Promise<T>) => Promise<T>; dialog: ReactNode } {
  const [open, setOpen] = useState(false);
  const waiting = useRef<Waiting | null>(null);
  const proving = useCallback(async <T,>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "proof_needed") throw error;
      await new Promise<void>((go, stop) => {
        waiting.current = { go, stop };
        setOpen(true);
      });
      return work();
    }
  }, []);
  const end = (done: boolean) => {
    setOpen(false);
    const { go, stop } = waiting.current ?? {};
    waiting.current = null;
    if (done) go?.();
    else stop?.(new Declined());
  };
  return { proving, dialog: open ? <ProofDialog onEnd={end} /> : null };
}

function ProofDialog({ onEnd }: { onEnd: (done: boolean) => void }) {
  const { t } = useTranslation();
  const state = useQuery({ queryKey: keys.security, queryFn: securityState });
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const prove = useMutation({
    mutationFn: () => stepUp({ password, ...(code ? { code } : {}) }),
    onSuccess: () => onEnd(true),
  });
  const show = useMutation({
    mutationFn: async () => stepUp(await showPasskey(await beginStepUp())),
    onSuccess: () => onEnd(true),
  });
  const byPasskey = (state.data?.passkeys ?? 0) > 0 && passkeysWork();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onEnd(false)}
      title={t("security.proofTitle")}
      description={t("security.proofText")}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        data-testid="proof-form"
        onSubmit={(event) => {
          event.preventDefault();
          prove.mutate();
        }}
      >
        <FormError error={show.error instanceof Declined ? prove.error : (show.error ?? prove.error)} />
        <Field
          label={t("common.password")}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        {state.data?.totp && (
          <Field
            label={t("security.code")}
            hint={t("security.codeHint")}
            autoComplete="one-time-code"
            value={code}
            onChange={({ target }) => setCode(target.value)}
          />
        )}
        <div className="flex flex-wrap gap-3">
          <Button type="submit" busy={prove.isPending} disabled={password === ""} data-testid="proof-submit">
            {t("security.proofGo")}
          </Button>
          {byPasskey && (
            <Button kind="raised" busy={show.isPending} onClick={() => show.mutate()}>
              {t("security.proofPasskey")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
