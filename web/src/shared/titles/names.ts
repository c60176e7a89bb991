// What seasons and episodes are called; season 0 holds the specials.
import { t } from "@/shared/i18n/i18n";

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
