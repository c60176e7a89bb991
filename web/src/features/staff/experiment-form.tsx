// Making an experiment, or changing one that has not run: what is compared, how much of which layer, for whom.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, queries } from "@/shared/api/queries";
import type { Experiment, ExperimentBody } from "@/shared/api/shapes";
import { putExperiment } from "@/shared/api/staff";
import { Button } from "@/shared/ui/button";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { AudienceFields } from "./audience-fields";
import { armsOf, armsSaid, EVERYBODY, meant, mistakes, NAME, placesOfPart, written } from "./drafted";

interface Props {
  /** The one that is changed; left out, a new one is made. */
  before?: Experiment;
  taken?: readonly string[];
  onDone: (name: string) => void;
}

export function ExperimentForm({ before, taken = [], onDone }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(before?.name ?? "");
  const [about, setAbout] = useState(before?.about ?? "");
  const [layer, setLayer] = useState(before?.layer ?? "");
  const [from, setFrom] = useState(String((before?.first ?? 0) / 10));
  const [to, setTo] = useState(String(((before?.last ?? 999) + 1) / 10));
  const [arms, setArms] = useState(before ? armsSaid(before.arms) : "");
  const [audience, setAudience] = useState(before ? written(before.audience) : EVERYBODY);
  const [checked, setChecked] = useState(false);
  // What is written here was written over this version: nobody saves on top of what they have not seen.
  const [version, setVersion] = useState(before?.version ?? 0);
  const change = useMutation({
    mutationFn: (experiment: ExperimentBody) => putExperiment(name, experiment, version),
    onSuccess: (saved) => {
      setVersion(saved.version);
      onDone(name);
    },
    // Also where it was refused: what is shown then is what somebody else has made of it.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.experiments }),
  });
  const places = placesOfPart(from, to);
  const compared = armsOf(arms);
  const nameWrong = taken.includes(name)
    ? t("staff.experiments.taken")
    : !NAME.test(name) && t("staff.flags.nameWrong");
  const send = () => {
    setChecked(true);
    if (nameWrong || !NAME.test(layer) || !places || !compared || mistakes(audience).length) return;
    change.mutate({ about: about.trim(), layer, ...places, arms: compared, audience: meant(audience) });
  };
  const said = (wrong: string | false) => (checked && wrong ? wrong : undefined);
  return (
    <form
      noValidate
      data-testid="experiment-form"
      className="mt-8 flex flex-col gap-4 rounded-panel p-4 ring-1 ring-seam sm:p-5"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {!before && <h2 className="font-semibold">{t("staff.experiments.make")}</h2>}
      <FormError error={change.error} />
      {!before && (
        <Field
          label={t("staff.flags.name")}
          hint={t("staff.flags.nameHint")}
          error={said(nameWrong)}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      )}
      <Field
        label={t("staff.experiments.about")}
        maxLength={300}
        value={about}
        onChange={({ target }) => setAbout(target.value)}
      />
      <Field
        label={t("staff.experiments.compared")}
        hint={t("staff.experiments.comparedHint")}
        error={said(!compared && t("staff.experiments.comparedWrong"))}
        value={arms}
        onChange={({ target }) => setArms(target.value)}
      />
      <div className="grid gap-4 sm:grid-cols-3">
        <Field
          label={t("staff.experiments.layer")}
          hint={t("staff.experiments.layerHint")}
          error={said(!NAME.test(layer) && t("staff.flags.nameWrong"))}
          value={layer}
          onChange={({ target }) => setLayer(target.value)}
        />
        <Field
          label={t("staff.experiments.from")}
          inputMode="decimal"
          error={said(!places && t("staff.experiments.placesWrong"))}
          value={from}
          onChange={({ target }) => setFrom(target.value)}
        />
        <Field
          label={t("staff.experiments.to")}
          inputMode="decimal"
          value={to}
          onChange={({ target }) => setTo(target.value)}
        />
      </div>
      <AudienceFields audience={audience} checked={checked} onChange={setAudience} />
      <Button type="submit" kind="raised" busy={change.isPending} className="self-start">
        {before ? t("staff.experiments.save") : t("staff.experiments.makeIt")}
      </Button>
    </form>
  );
}
