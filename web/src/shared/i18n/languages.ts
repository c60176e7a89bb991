// The languages the app speaks, and which of them someone gets.

export type Language = "en" | "de" | "ar-XB";

interface Speech {
  /** Its own name for itself. */
  name: string;
  dir: "ltr" | "rtl";
}

export const LANGUAGES: Readonly<Record<Language, Speech>> = {
  en: { name: "English", dir: "ltr" },
  de: { name: "Deutsch", dir: "ltr" },
  // No language: English turned round, to see a layout from right to left while developing.
  "ar-XB": { name: "‮hsilgnE‬", dir: "rtl" },
};

/** What a viewer can choose from. */
export const OFFERED: readonly Language[] = import.meta.env.DEV ? ["en", "de", "ar-XB"] : ["en", "de"];

export function isOffered(code: string | null | undefined): code is Language {
  return OFFERED.some((language) => language === code);
}

/** The first wish that can be met: itself, or its language from another region. English where none can. */
export function bestOf(wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    if (isOffered(wish)) return wish;
    const base = wish?.split("-")[0]?.toLowerCase();
    if (isOffered(base)) return base;
  }
  return "en";
}
