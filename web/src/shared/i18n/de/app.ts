// The frame around the screens, and what stands where there is none.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const app: Texts<typeof en.app> = {
  accountMenu: "Kontomenü",
  accountMenuOf: "Kontomenü von {{name}}",
  home: "Start",
  homeLink: "Bijou, zur Startseite",
  lost: {
    title: "Hier läuft nichts",
    text: "Die Adresse stimmt nicht, oder was hier lief, ist nicht mehr im Programm.",
    out: "Zum Eingang",
  },
  main: "Hauptmenü",
  offline: "Keine Verbindung. Sobald sie wieder da ist, geht alles von selbst weiter.",
  offlineFrom: "Keine Verbindung. So war es {{when}}.",
  newer: "Es gibt ein neueres Bijou.",
  renew: "Laden",
  planAndAccount: "Abo und Konto",
  signedOut: "Du wurdest auf diesem Gerät abgemeldet. Melde dich an, dann geht es weiter.",
  skip: "Direkt zu den Filmen",
};
