// The page of one film or series.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const title: Texts<typeof en.title> = {
  andMore_one: "und {{count}} weitere Person",
  andMore_other: "und {{count}} weitere",
  episode: "Folge {{number}}",
  episodes_one: "{{count}} Folge",
  episodes_other: "{{count}} Folgen",
  extras: "Trailer und mehr",
  gone: {
    title: "Dieser Titel ist nicht im Programm",
    text: "Vielleicht ist er abgelaufen, oder er läuft nicht in deinem Land oder in diesem Profil.",
    out: "Zurück zu den Filmen",
  },
  disliked: "Nichts für mich",
  liked: "Gefällt mir",
  rate: "Bewerten",
  season: "Staffel",
  seasonNamed: "Staffel {{number}} · {{name}}",
  seasonNumber: "Staffel {{number}}",
  notInterested: "Interessiert mich nicht",
  why: "Für dich, denn du hast gesehen: {{titles}}",
  similar: "Das könnte dir auch gefallen",
  specials: "Sonderfolgen",
  specialsNamed: "Sonderfolgen · {{name}}",
  warnings: "Enthält",
  warns: {
    violence: "Gewalt",
    fear: "beängstigende Szenen",
    sex: "Sex",
    nudity: "Nacktheit",
    language: "derbe Sprache",
    drugs: "Drogen",
    alcohol: "Alkohol",
    smoking: "Rauchen",
    discrimination: "Diskriminierung",
    self_harm: "Selbstverletzung",
    suicide: "Suizid",
    gambling: "Glücksspiel",
    flashing_lights: "Lichtblitze",
  },
};
