// Passkeys: adding, naming and removing them.

import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deviceName } from "@/shared/api/identity";
import { keys, queries } from "@/shared/api/queries";
import {
  addPasskey,
  beginPasskey,
  passkeys as loadPasskeys,
  type Passkey,
  removePasskey,
  renamePasskey,
} from "@/shared/api/security";
import { day } from "@/shared/i18n/format";
import { Declined, makePasskey, passkeysWork } from "@/shared/lib/passkeys";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { useProof } from "@/shared/ui/proof";

const again = () =>
  Promise.all([
    queries.invalidateQueries({ queryKey: keys.passkeys }),
    queries.invalidateQueries({ queryKey: keys.security }),
  ]);

export function Passkeys() {
  const { t } = useTranslation();
  const { proving, dialog } = useProof();
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  const all = useQuery({ queryKey: keys.passkeys, queryFn: loadPasskeys });
  const add = useMutation({
    mutationFn: async () => addPasskey(await makePasskey(await proving(beginPasskey)), deviceName()),
    onSuccess: again,
  });
  const remove = useMutation({
    mutationFn: (id: string) => proving(() => removePasskey(id)),
    onSuccess: again,
  });
  const error = add.error ?? remove.error;
  const has = error instanceof DOMException;
  return (
    <>
      <p className="max-w-xl text-dust text-sm">{t("security.passkeysText")}</p>
      <ul className="mt-4 flex flex-col gap-2 empty:hidden" data-testid="passkeys">
        {all.data?.map((passkey) => (
          <li
            key={passkey.id}
            className="flex flex-wrap items-center gap-3 rounded-card bg-plush/60 px-4 py-3"
          >
            <KeyRound className="size-5 text-brass" aria-hidden="true" />
            <div className="min-w-44 flex-1">
              <p className="break-words font-medium">{passkey.name}</p>
              <p className="text-dust text-sm">
                {passkey.last_used_at
                  ? t("security.passkeyUsed", { day: day(passkey.last_used_at) })
                  : t("security.passkeyAdded", { day: day(passkey.created_at) })}
              </p>
            </div>
            <Button kind="quiet" size="sm" onClick={() => setRenamed(passkey)}>
              {t("security.rename")}
            </Button>
            <Button
              kind="quiet"
              size="sm"
              busy={remove.isPending && remove.variables === passkey.id}
              onClick={() => remove.mutate(passkey.id)}
              aria-label={t("security.passkeyRemove", { name: passkey.name })}
            >
              {t("security.remove")}
            </Button>
          </li>
        ))}
      </ul>
      <div className="mt-4 flex flex-col items-start gap-4">
        {passkeysWork() ? (
          <Button busy={add.isPending} onClick={() => add.mutate()} data-testid="passkey-add">
            {t("security.passkeyAdd")}
          </Button>
        ) : (
          <p className="text-amber text-sm">{t("security.passkeysNotHere")}</p>
        )}
        {has ? (
          <p role="alert" className="text-ruby-text text-sm">
            {t("security.passkeyHere")}
          </p>
        ) : (
          <FormError error={error instanceof Declined ? null : (error ?? all.error)} />
        )}
      </div>
      {renamed && <Rename passkey={renamed} onClose={() => setRenamed(null)} />}
      {dialog}
    </>
  );
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(passkey.name);
  const rename = useMutation({
    mutationFn: () => renamePasskey(passkey.id, name.trim()),
    onSuccess: async () => {
      await again();
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("security.rename")}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <FormError error={rename.error} />
        <Field
          label={t("security.passkeyName")}
          maxLength={60}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Button type="submit" busy={rename.isPending} disabled={name.trim() === ""}>
          {t("security.rename")}
        </Button>
      </form>
    </Dialog>
  );
}
