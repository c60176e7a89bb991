// What seasons, episodes and genres are called; season 0 holds the specials.
import { en } from "@/shared/i18n/en";
import { capital } from "@/shared/i18n/format";
import { locale, t } from "@/shared/i18n/i18n";

const SPECIALS = 0;

interface Place {
  season_number?: number | null;
  episode_number?: number | null;
}

/** "S2 E3", "Special 1"; null for what is no episode. */
export function episodeLabel({ season_number: season, episode_number: episode }: Place): string | null {
  if (season == null || episode == null) return null;
  return season === SPECIALS
    ? t("common.special", { number: episode })
    : t("common.episode", { season, episode });
}

/** "Season 2", or with its own name "Season 2 · Unclaimed". The catalogue's own "Season 2" and "Specials" are no names. */
export function seasonName({ number, name }: { number: number; name: string }): string {
  const unnamed = !name || name === `Season ${number}` || (number === SPECIALS && name === "Specials");
  if (number === SPECIALS) return unnamed ? t("title.specials") : t("title.specialsNamed", { name });
  return unnamed ? t("title.seasonNumber", { number }) : t("title.seasonNamed", { number, name });
}

/** "Next: S2 E3". */
export function nextIs(place: Place): string {
  const episode = episodeLabel(place);
  return episode ? t("player.nextIs", { episode }) : t("player.next");
}

/** A genre by its name in the catalogue: what is known in the viewer's language, any other as its editor wrote it. */
export function genreName(name: string): string {
  const slug = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return isKnown(slug) ? t(`genres.${slug}`) : capital(name);
}

/** Genres in the order of what the viewer's language calls them. */
export function inOrder<G extends { name: string }>(genres: readonly G[]): G[] {
  const { compare } = new Intl.Collator(locale());
  return [...genres].sort((a, b) => compare(genreName(a.name), genreName(b.name)));
}

/** A mood as the search names it, in the viewer's language where we have a word for it. */
export function moodName(mood: string): string {
  const slug = mood.replaceAll(" ", "-");
  return Object.hasOwn(en.moods, slug) ? t(`moods.${slug as keyof typeof en.moods}`) : mood;
}

function isKnown(slug: string): slug is keyof typeof en.genres {
  return Object.hasOwn(en.genres, slug);
}
