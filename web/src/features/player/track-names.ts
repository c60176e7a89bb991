// What tracks are called, in the language that is spoken.
import { languageName } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";

interface Named {
  language: string;
  label: string | null;
}

/** A track's own name. One that its encoder made of its language, "German" or "German 2", is said anew. */
export function trackName({ language, label }: Named): string {
  const known = language !== "" && language !== "und";
  const spoken = known ? languageName(language) : t("player.original");
  if (!label) return spoken;
  const made = known ? englishName(language) : "Sound";
  const [, base, number = ""] = /^(.*?)( \d+)?$/.exec(label) ?? [];
  return base === made ? spoken + number : label;
}

/** As encoders write it: "Portuguese (Brazil)". */
function englishName(language: string): string | undefined {
  try {
    return new Intl.DisplayNames("en", { type: "language", languageDisplay: "standard" }).of(language);
  } catch {
    return undefined;
  }
}
