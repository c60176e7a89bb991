// Flags: what is switched on, for how many, and the switch that turns it off everywhere within seconds.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, queries } from "@/shared/api/queries";
import { useEdits } from "@/shared/api/roles";
import type { Flag, FlagBody } from "@/shared/api/shapes";
import { flags, putFlag } from "@/shared/api/staff";
import { day } from "@/shared/i18n/format";
import { Button } from "@/shared/ui/button";
import { Field } from "@/shared/ui/field";
import { FormError, LoadFailed } from "@/shared/ui/notice";
import { AudienceLine } from "./audience";
import { AudienceFields } from "./audience-fields";
import { meant, mistakes, NAME, written } from "./drafted";
import { share } from "./figures";
import { Switch } from "./switch";

export function FlagsScreen() {
  const { t } = useTranslation();
  const edits = useEdits();
  const { data, error, refetch } = useQuery({ queryKey: keys.flags, queryFn: flags });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="gutter max-w-4xl pt-[calc(var(--header)+2rem)] pb-16" data-testid="flags-page">
      <h1 className="font-semibold text-2xl">{t("staff.flags.title")}</h1>
      <p className="mt-1.5 max-w-2xl text-dust text-sm">{t("staff.flags.text")}</p>
      {data?.length === 0 && <p className="mt-8 text-dust">{t("staff.flags.none")}</p>}
      <ul className="mt-6 flex flex-col gap-3">
        {data?.map((flag) => (
          <FlagItem key={flag.name} flag={flag} edits={edits} />
        ))}
      </ul>
      {edits && data && <NewFlag taken={data.map(({ name }) => name)} />}
    </div>
  );
}

function useChange(name: string, version: number) {
  return useMutation({
    mutationFn: (flag: FlagBody) => putFlag(name, flag, version),
    // Also where it was refused: what is shown then is what somebody else has made of it.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.flags }),
  });
}

function FlagItem({ flag, edits }: { flag: Flag; edits: boolean }) {
  const { t } = useTranslation();
  const change = useChange(flag.name, flag.version);
  const [moved, setMoved] = useState<number | null>(null);
  const { about, on, audience } = flag;
  const part = moved ?? flag.share;
  return (
    <li
      className="rounded-panel bg-velvet p-4 ring-1 ring-seam sm:p-5"
      data-testid="flag"
      data-name={flag.name}
    >
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <h2 className="break-words font-mono font-semibold text-sm">{flag.name}</h2>
          {about && <p className="mt-1 text-dust text-sm">{about}</p>}
          <p className="mt-1 text-dust text-xs">
            {flag.changed_at
              ? t("staff.flags.changed", { day: day(flag.changed_at), version: flag.version })
              : t("staff.flags.unchanged")}
            {" · "}
            <AudienceLine audience={audience} />
          </p>
        </div>
        <Switch
          on={on}
          label={t("staff.flags.switch", { name: flag.name })}
          disabled={!edits || change.isPending}
          onChange={() => change.mutate({ about, on: !on, share: flag.share, audience })}
        />
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <label className="flex min-w-52 flex-1 items-center gap-3 text-sm">
          <span className="sr-only">{t("staff.flags.shareOf", { name: flag.name })}</span>
          <input
            type="range"
            min={0}
            max={100}
            value={Math.round(part * 100)}
            disabled={!edits}
            aria-valuetext={share(part)}
            onChange={({ target }) => setMoved(Number(target.value) / 100)}
            className="h-11 flex-1 accent-ruby"
          />
          <output className="w-14 text-end tabular-nums">{share(part)}</output>
        </label>
        {moved !== null && moved !== flag.share && (
          <Button
            size="sm"
            kind="light"
            busy={change.isPending}
            data-testid="flag-share"
            onClick={() =>
              change.mutate({ about, on, share: moved, audience }, { onSuccess: () => setMoved(null) })
            }
          >
            {t("staff.flags.save")}
          </Button>
        )}
      </div>
      {edits && <FlagAudience key={flag.version} flag={flag} change={change} />}
      <FormError error={change.error} />
    </li>
  );
}

function FlagAudience({ flag, change }: { flag: Flag; change: ReturnType<typeof useChange> }) {
  const { t } = useTranslation();
  const [audience, setAudience] = useState(written(flag.audience));
  const [checked, setChecked] = useState(false);
  const save = () => {
    setChecked(true);
    const { about, on, share } = flag;
    if (mistakes(audience).length === 0) change.mutate({ about, on, share, audience: meant(audience) });
  };
  return (
    <details className="mt-2">
      <summary className="inline-flex h-11 cursor-pointer items-center font-medium text-sm">
        {t("staff.audience.change")}
      </summary>
      <form
        noValidate
        className="mt-2 flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <AudienceFields audience={audience} checked={checked} onChange={setAudience} />
        <Button type="submit" size="sm" kind="light" busy={change.isPending} className="self-start">
          {t("staff.audience.save")}
        </Button>
      </form>
    </details>
  );
}

function NewFlag({ taken }: { taken: string[] }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [about, setAbout] = useState("");
  const [wrong, setWrong] = useState<string | undefined>();
  const change = useChange(name, 0);
  const make = () => {
    const problem = taken.includes(name)
      ? t("staff.flags.taken")
      : NAME.test(name)
        ? undefined
        : t("staff.flags.nameWrong");
    setWrong(problem);
    if (problem) return;
    change.mutate(
      { about: about.trim(), on: false, share: 1, audience: { countries: [], plans: [], devices: [] } },
      {
        onSuccess: () => {
          setName("");
          setAbout("");
        },
      },
    );
  };
  return (
    <form
      noValidate
      className="mt-8 flex flex-col gap-4 rounded-panel p-4 ring-1 ring-seam sm:p-5"
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <h2 className="font-semibold">{t("staff.flags.make")}</h2>
      <FormError error={change.error} />
      <Field
        label={t("staff.flags.name")}
        hint={t("staff.flags.nameHint")}
        error={wrong}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Field
        label={t("staff.flags.about")}
        maxLength={300}
        value={about}
        onChange={({ target }) => setAbout(target.value)}
      />
      <Button type="submit" kind="raised" busy={change.isPending} className="self-start">
        {t("staff.flags.makeIt")}
      </Button>
    </form>
  );
}
