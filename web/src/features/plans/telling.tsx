// What this profile lets us learn from: two switches, both off until somebody turns them on.
import { useId, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { agreed, subscribe } from "@/shared/events/consent";
import type { Agreed } from "@/shared/events/kinds";
import { sayAgreed } from "@/shared/events/tell";
import { useSession } from "@/shared/session/auth";

const CHOICES: readonly Agreed[] = ["personalisation", "analytics"];

export function Telling() {
  const { t } = useTranslation();
  const { profileId, kids } = useSession();
  const given = useSyncExternalStore(subscribe, () => agreed(profileId));
  if (!profileId) return null;
  if (kids) return <p className="text-dust">{t("plans.tellingKids")}</p>;
  // It holds here at once; the account hears of it when it is in reach.
  const turn = (what: Agreed, on: boolean) =>
    void sayAgreed(profileId, on ? [...given, what] : given.filter((each) => each !== what)).catch(
      () => undefined,
    );
  return (
    <div className="flex flex-col gap-5">
      <p className="text-dust text-sm">{t("plans.tellingWhy")}</p>
      {CHOICES.map((what) => (
        <Choice key={what} what={what} on={given.includes(what)} onTurn={(on) => turn(what, on)} />
      ))}
    </div>
  );
}

function Choice({ what, on, onTurn }: { what: Agreed; on: boolean; onTurn: (on: boolean) => void }) {
  const { t } = useTranslation();
  const hint = useId();
  return (
    <label className="flex cursor-pointer items-start justify-between gap-6">
      <span>
        <span className="font-medium">{t(`plans.telling_${what}`)}</span>
        <span id={hint} className="mt-1 block text-dust text-sm">
          {t(`plans.telling_${what}_hint`)}
        </span>
      </span>
      <input
        type="checkbox"
        aria-describedby={hint}
        checked={on}
        onChange={({ target }) => onTurn(target.checked)}
        data-testid={`telling-${what}`}
        className="peer sr-only"
      />
      <span
        aria-hidden="true"
        className="mt-1 flex h-6 w-11 shrink-0 rounded-full bg-seam p-0.5 outline-ivory outline-offset-3 transition-colors after:size-5 after:rounded-full after:bg-ivory after:transition-transform peer-checked:bg-mint peer-checked:after:translate-x-5 peer-focus-visible:outline-2 rtl:peer-checked:after:-translate-x-5"
      />
    </label>
  );
}
