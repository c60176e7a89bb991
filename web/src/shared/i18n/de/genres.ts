// The genres that are known by name, by their slug in the catalogue.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const genres: Texts<typeof en.genres> = {
  action: "Action",
  adventure: "Abenteuer",
  animation: "Animation",
  biography: "Biografie",
  comedy: "Komödie",
  crime: "Krimi",
  documentary: "Dokumentarfilm",
  drama: "Drama",
  family: "Familie",
  fantasy: "Fantasy",
  history: "Geschichte",
  horror: "Horror",
  music: "Musik",
  musical: "Musical",
  mystery: "Mystery",
  nature: "Natur",
  romance: "Romanze",
  "science-fiction": "Science-Fiction",
  short: "Kurzfilm",
  sport: "Sport",
  thriller: "Thriller",
  war: "Kriegsfilm",
  western: "Western",
};
