// The first page: hero, rows, the house before its first film.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const home: Texts<typeof en.home> = {
  about: "Über {{name}}",
  empty: {
    title: "Die ersten Filme sind unterwegs",
    soon: "Die Rollen werden gerade eingelegt. Sie erscheinen hier von selbst, eine nach der anderen.",
    later: "Gute Kopien brauchen ihre Zeit. Sie erscheinen hier von selbst, lass das Licht ruhig aus.",
  },
  moreComing: "Es kommen noch Filme dazu. Diese Seite füllt sich von selbst.",
  remove: "Aus dieser Reihe nehmen",
  removeNamed: "{{name}} nicht mehr weiterschauen",
  resumeNamed: "{{name}} weiterschauen",
  rows: {
    because_watched: "Weil du {{title}} gesehen hast",
    arrived: "Jetzt da: worauf du gewartet hast",
    continue_watching: "Weiterschauen",
    hidden_gems: "Geheimtipps für dich",
    leaving_soon: "Nicht mehr lange da",
    coming_soon: "Bald bei Bijou",
    my_list: "Meine Liste",
    new: "Neu bei Bijou",
    top_picks: "Für dich ausgesucht",
    top10: "Top 10 heute in deinem Land",
    top_rated: "Beim Publikum beliebt",
    trending: "Gerade viel gesehen",
    watch_again: "Noch mal ansehen",
  },
  soundOff: "Ton ausschalten",
  soundOn: "Ton einschalten",
};
