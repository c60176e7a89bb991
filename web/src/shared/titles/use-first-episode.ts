// The episode a series begins with, for someone who has seen none of it.
import { useQuery } from "@tanstack/react-query";
import { episodes as loadEpisodes, seasons as loadSeasons } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { Title } from "@/shared/api/shapes";

/** Its playable; null for a film, for a series under way, and while it is being looked up. */
export function useFirstEpisode(title: Title | undefined): string | null {
  const series = title?.type === "series" && title.resume == null;
  const id = title?.id ?? "";
  const seasons = useQuery({
    queryKey: keys.seasons(id),
    queryFn: () => loadSeasons(id),
    enabled: series,
  });
  // Specials come last, so that nothing starts with one unless there is nothing else.
  const number = seasons.data?.[0]?.number ?? null;
  const episodes = useQuery({
    queryKey: keys.episodes(id, number),
    queryFn: () => loadEpisodes(id, number ?? 0),
    enabled: series && number !== null,
  });
  return episodes.data?.find(({ playable_id }) => playable_id !== null)?.playable_id ?? null;
}
