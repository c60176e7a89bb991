// The front door.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const welcome: Texts<typeof en.welcome> = {
  darkness: "Das Licht geht aus.",
  film: "Der Film gehört dir.",
  lead: "Ein kleines großes Kino für den Abend: Filme und Serien, ausgesucht von Leuten, die sie lieben.",
  enter: "Nimm Platz",
  from: "Ab {{price}}. Du gehst, wann du willst.",
  fromAfterTrial_one: "{{count}} Tag gratis, dann ab {{price}}. Du gehst, wann du willst.",
  fromAfterTrial_other: "{{count}} Tage gratis, dann ab {{price}}. Du gehst, wann du willst.",
  why: "Warum Bijou",
  place: {
    title: "Merkt sich deine Stelle",
    text: "Auf dem Sofa angefangen, im Zug weitergeschaut: Jeder Film wartet genau da, wo du ihn verlassen hast.",
  },
  screens: {
    title: "Auf allem, was ein Bild hat",
    text: "Handy, Tablet, Laptop, Fernseher: Das Bild passt sich dem Gerät an und der Leitung, durch die es kommt.",
  },
  seats: {
    title: "Ein Platz für alle",
    text: "Fünf Profile, jedes mit eigener Liste. Und eins für die Kinder, in dem nur ihre Filme laufen.",
  },
};
