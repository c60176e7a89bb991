// Registering and signing in.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const auth: Texts<typeof en.auth> = {
  createMine: "Konto anlegen",
  emailWrong: "Das sieht nicht nach einer E-Mail-Adresse aus.",
  name: "Dein Name",
  nameLong_one: "Etwas lang: höchstens {{count}} Zeichen.",
  nameLong_other: "Etwas lang: höchstens {{count}} Zeichen.",
  nameMissing: "Wie dürfen wir dich nennen?",
  passwordHide: "Passwort verbergen",
  passwordHint: "Mindestens 8 Zeichen. Gut sind drei Wörter, die nichts miteinander zu tun haben.",
  passwordMissing: "Hier fehlt noch dein Passwort.",
  passwordShort_one: "Nimm mindestens {{count}} Zeichen.",
  passwordShort_other: "Nimm mindestens {{count}} Zeichen.",
  passwordShow: "Passwort zeigen",
  registerLead: "Zwei Minuten, dann fängt der Film an.",
  registerTitle: "Nimm Platz",
  reopen: "Mein Konto wieder öffnen",
  signInInstead: "Stattdessen anmelden",
  signInLead: "Dein Platz ist noch warm.",
  signInTitle: "Schön, dass du wieder da bist",
};
