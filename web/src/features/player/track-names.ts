// What tracks are called, in the language that is spoken.
import { languageName } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";

interface Named {
  language: string;
  label: string | null;
}

/** What a track is for, as its encoder says it after the language. */
const PURPOSES = {
  commentary: "player.purpose.commentary",
  "audio description": "player.purpose.description",
  SDH: "player.purpose.sdh",
  forced: "player.purpose.forced",
} as const;
const MADE = /^(.*?)(?: \((commentary|audio description|SDH|forced)\))?( 5\.1)?( \d+)?$/;

/** A track's own name. One that its encoder made of its language, "German 2" or "German (SDH)", is said anew. */
export function trackName({ language, label }: Named): string {
  const known = language !== "" && language !== "und";
  const spoken = known ? languageName(language) : t("player.original");
  if (!label) return spoken;
  const made = known ? englishName(language) : "Sound";
  const [, base, purpose, around = "", number = ""] = MADE.exec(label) ?? [];
  if (base !== made) return label;
  const meant = purpose ? ` (${t(PURPOSES[purpose as keyof typeof PURPOSES])})` : "";
  return spoken + meant + around + number;
}

/** As encoders write it: "Portuguese (Brazil)". */
function englishName(language: string): string | undefined {
  try {
    return new Intl.DisplayNames("en", { type: "language", languageDisplay: "standard" }).of(language);
  } catch {
    return undefined;
  }
}
