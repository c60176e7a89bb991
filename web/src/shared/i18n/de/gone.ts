// In place of a page that is not there.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const gone: Texts<typeof en.gone> = {
  collection: {
    title: "Diese Sammlung ist geschlossen",
    text: "Vielleicht ist sie vorbei, oder sie läuft nicht in deinem Land oder in diesem Profil.",
  },
  genre: {
    title: "Dieses Genre gibt es hier nicht",
    text: "Vielleicht heißt es anders, oder keiner seiner Filme wird in deinem Land oder für dieses Profil gezeigt.",
  },
  person: {
    title: "Diese Person ist nicht im Programm",
    text: "Vielleicht läuft keiner der Filme in deinem Land oder in diesem Profil.",
  },
  title: {
    title: "Dieser Titel ist nicht im Programm",
    text: "Vielleicht ist er abgelaufen, oder er läuft nicht in deinem Land oder in diesem Profil.",
  },
  instead: "Dafür neu bei Bijou",
  out: "Zurück zu den Filmen",
};
