// Browsing: all genres, and the titles of one.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const browse: Texts<typeof en.browse> = {
  all: "Alles",
  browse: "Stöbern",
  emptyText: "In deinem Land oder in diesem Profil läuft davon gerade nichts.",
  emptyTitle: "Im Moment ist hier nichts",
  films: "Filme",
  genres: "Genres",
  none: "Noch ist nichts im Programm. Filme erscheinen hier, sobald sie da sind.",
  order: "Reihenfolge",
  otherGenres: "Andere Genres",
  series: "Serien",
  sort: { name: "A bis Z", newest: "Neu bei Bijou", oldest: "Am längsten bei Bijou", year: "Jüngstes Jahr" },
  type: "Art",
  ways: { newest: "Das Neueste", popular: "Meistgesehen", rating: "Bestbewertet" },
};
