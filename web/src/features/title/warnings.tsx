// How a title is rated by country, and what the ratings warn of.

import { useTranslation } from "react-i18next";
import type { Title } from "@/shared/api/shapes";

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

/** As their systems write themselves; the others are words of their own already. */
const SYSTEMS: Record<string, string> = { KIJKWIJZER: "Kijkwijzer", CLASSIND: "ClassInd", TVPG: "TV" };

export function Warnings({ title }: { title: Title }) {
  const { t } = useTranslation();
  const descriptors = title.descriptors ?? [];
  const known = KNOWN.filter((each) => descriptors.includes(each));
  const rated = (title.certificates ?? []).map(({ system, rating }) => inWords(system, rating));
  if (known.length === 0 && rated.length === 0) return null;
  return (
    <dl className="gutter mt-1.5 grid max-w-3xl grid-cols-[6rem_1fr] gap-x-3 gap-y-1.5 text-sm">
      {known.length > 0 && (
        <>
          <dt className="text-dust">{t("title.warnings")}</dt>
          <dd data-testid="warnings">{known.map((each) => t(`title.warns.${each}`)).join(", ")}</dd>
        </>
      )}
      {rated.length > 0 && (
        <>
          <dt className="text-dust">{t("title.rated")}</dt>
          <dd data-testid="certificates">{rated.join(" · ")}</dd>
        </>
      )}
    </dl>
  );
}

/** As in FSK 16; ratings of television say TV themselves. */
function inWords(system: string, rating: string): string {
  return rating.startsWith("TV-") ? rating : `${SYSTEMS[system] ?? system} ${rating}`;
}
