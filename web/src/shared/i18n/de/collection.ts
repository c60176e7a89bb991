// A collection that editors put together.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const collection: Texts<typeof en.collection> = {
  gone: {
    title: "Diese Sammlung ist geschlossen",
    text: "Vielleicht ist sie vorbei, oder sie läuft nicht in deinem Land oder in diesem Profil.",
  },
  whole: "Alle ansehen",
};
