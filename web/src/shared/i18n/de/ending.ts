// The place at the end of a film or episode, and the offer of the next one.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const ending: Texts<typeof en.ending> = {
  autoplay: "Nächste Folgen beginnen von selbst",
  byItself: "Die nächste Folge beginnt in ein paar Sekunden. Mit „{{stop}}“ bleibst du hier.",
  dismiss: "Nächste Folge nicht anbieten",
  films: "Und jetzt?",
  seen: "Du hast gesehen",
};
