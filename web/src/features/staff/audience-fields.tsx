// For whom something is: countries, plans, kinds of device, the oldest version of the app; whoever meets all of it.
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Field } from "@/shared/ui/field";
import { DEVICES, mistakes, type Written } from "./drafted";

interface Props {
  audience: Written;
  /** Whether mistakes are shown: once somebody wanted it sent. */
  checked: boolean;
  onChange: (audience: Written) => void;
}

export function AudienceFields({ audience, checked, onChange }: Props) {
  const { t } = useTranslation();
  const wrong = checked ? mistakes(audience) : [];
  const toggle = (device: (typeof DEVICES)[number]) =>
    onChange({
      ...audience,
      devices: audience.devices.includes(device)
        ? audience.devices.filter((each) => each !== device)
        : [...audience.devices, device],
    });
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="mb-1 font-medium">{t("staff.audience.title")}</legend>
      <p className="text-dust text-sm">{t("staff.audience.text")}</p>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field
          label={t("staff.audience.countries")}
          hint={t("staff.audience.countriesHint")}
          error={wrong.includes("countries") ? t("staff.audience.countriesWrong") : undefined}
          value={audience.countries}
          onChange={({ target }) => onChange({ ...audience, countries: target.value })}
        />
        <Field
          label={t("staff.audience.plans")}
          hint={t("staff.audience.plansHint")}
          value={audience.plans}
          onChange={({ target }) => onChange({ ...audience, plans: target.value })}
        />
        <Field
          label={t("staff.audience.version")}
          hint={t("staff.audience.versionHint")}
          error={wrong.includes("version") ? t("staff.audience.versionWrong") : undefined}
          value={audience.version}
          onChange={({ target }) => onChange({ ...audience, version: target.value })}
        />
      </div>
      <div className="flex flex-wrap gap-2" role="group" aria-label={t("staff.audience.devices")}>
        {DEVICES.map((device) => {
          const on = audience.devices.includes(device);
          return (
            <button
              key={device}
              type="button"
              aria-pressed={on}
              onClick={() => toggle(device)}
              className={cn(
                "h-11 rounded-full px-4 font-medium text-sm transition-colors duration-150",
                on ? "bg-ivory text-curtain" : "bg-plush text-ivory hover:bg-seam",
              )}
            >
              {t(`staff.audience.kinds.${device}`)}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
