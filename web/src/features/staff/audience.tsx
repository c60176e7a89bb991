// For whom something is, in one line.
import { useTranslation } from "react-i18next";
import { regionName } from "@/shared/i18n/format";
import type { Audience } from "./drafted";

export function AudienceLine({ audience }: { audience: Audience }) {
  const { t } = useTranslation();
  const { countries = [], plans = [], devices = [], app_version } = audience;
  const parts = [
    ...countries.map(regionName),
    ...plans,
    ...devices.map((device) => t(`staff.audience.kinds.${device}`)),
    ...(app_version ? [t("staff.audience.since", { version: app_version })] : []),
  ];
  return (
    <span data-testid="audience">
      {parts.length ? t("staff.audience.only", { whom: parts.join(", ") }) : t("staff.audience.everybody")}
    </span>
  );
}
