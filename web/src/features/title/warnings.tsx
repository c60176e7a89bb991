// What the age ratings of a title warn of.

import { useTranslation } from "react-i18next";

const KNOWN = [
  "violence",
  "fear",
  "sex",
  "nudity",
  "language",
  "drugs",
  "alcohol",
  "smoking",
  "discrimination",
  "self_harm",
  "suicide",
  "gambling",
  "flashing_lights",
] as const;

export function Warnings({ descriptors }: { descriptors: readonly string[] }) {
  const { t } = useTranslation();
  const known = KNOWN.filter((each) => descriptors.includes(each));
  if (known.length === 0) return null;
  return (
    <dl className="gutter mt-1.5 flex max-w-3xl gap-3 text-sm" data-testid="warnings">
      <dt className="w-24 shrink-0 text-dust">{t("title.warnings")}</dt>
      <dd>{known.map((each) => t(`title.warns.${each}`)).join(", ")}</dd>
    </dl>
  );
}
