// What language the app speaks: chosen from the browser's wishes, kept on this device, loaded when it is needed.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { device } from "@/shared/lib/storage";
import { en } from "./en";
import { bestOf, isOffered, LANGUAGES, type Language } from "./languages";
import type { Catalogue } from "./texts";

const KEPT = "bijou.language";

/** English is part of the app: it is what is said when another language cannot be fetched. */
const OTHERS: { readonly [language in Language]?: () => Promise<object> } = {
  de: async () => (await import("./de")).de satisfies Catalogue,
  ...(import.meta.env.DEV ? { "ar-XB": async () => (await import("./pseudo")).turned(en) } : {}),
};

void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  initAsync: false,
  // React escapes what it draws.
  interpolation: { escapeValue: false },
});

export const { t } = i18next;

export function language(): Language {
  return isOffered(i18next.language) ? i18next.language : "en";
}

/** Which way the language is read. */
export function direction(): "ltr" | "rtl" {
  return LANGUAGES[language()].dir;
}

/** The language with the region the browser names for it: en-GB writes dates unlike en-US. */
export function locale(): string {
  const spoken = language();
  return navigator.languages.find((wish) => wish.split("-")[0] === spoken && isLocale(wish)) ?? spoken;
}

/** Browsers have been seen to name "en-US@posix", and every number and date would fail with it. */
function isLocale(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length > 0;
  } catch {
    return false;
  }
}

let asked: Language = "en";

/** Speak `wanted` from now on, or stay with what is spoken where it cannot be fetched. The last wish counts. */
export async function speak(wanted: Language): Promise<void> {
  asked = wanted;
  const load = OTHERS[wanted];
  if (load && !i18next.hasResourceBundle(wanted, "translation")) {
    try {
      i18next.addResourceBundle(wanted, "translation", await load());
    } catch {
      return; // The network is away, or a new version has replaced this one's files.
    }
  }
  if (asked === wanted) await i18next.changeLanguage(wanted);
}

/** Before the first picture: what was chosen here, or else what the browser asks for. */
export async function startSpeaking(): Promise<void> {
  i18next.on("languageChanged", () => {
    document.documentElement.lang = language();
    document.documentElement.dir = direction();
  });
  // Chosen in another tab.
  window.addEventListener("storage", ({ key }) => key === KEPT && void speak(wished()));
  await speak(wished());
}

function wished(): Language {
  return bestOf([device.getItem(KEPT), ...navigator.languages]);
}

/** The viewer's own choice, kept on this device. */
export async function choose(wanted: Language): Promise<void> {
  device.setItem(KEPT, wanted);
  await speak(wanted);
}
