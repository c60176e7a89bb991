// Rating a title, shown at once and undone when it fails.
import { useMutation } from "@tanstack/react-query";
import { rate } from "@/shared/api/catalog";
import { keys, queries } from "@/shared/api/queries";
import type { KnownTaste, Title } from "@/shared/api/shapes";
import { say } from "@/shared/api/taste";
import { forgetRows } from "./use-taste";

function rated(known: KnownTaste, titleId: string, stars: number | null): KnownTaste {
  const others = (known.rated ?? []).filter(({ title_id }) => title_id !== titleId);
  const title = queries.getQueryData<Title>(keys.title(titleId))?.name ?? "";
  // A thumb here is the last word: whatever was said apart from stars went before it.
  const said = known.said.filter(({ title_id }) => title_id !== titleId);
  return { ...known, said, rated: stars ? [{ title_id: titleId, title, stars }, ...others] : others };
}

export function useRating(titleId: string) {
  const key = keys.title(titleId);
  const show = (change: Partial<Title>) =>
    queries.setQueryData<Title>(key, (title) => title && { ...title, ...change });
  return useMutation({
    mutationFn: async (stars: number | null) => {
      const said = queries.getQueryData<KnownTaste>(keys.taste)?.said ?? [];
      if (said.some(({ title_id }) => title_id === titleId)) await say(titleId, null);
      return rate(titleId, stars);
    },
    onMutate: async (stars) => {
      await queries.cancelQueries({ queryKey: key, exact: true });
      const before = queries.getQueryData<Title>(key)?.my_rating ?? null;
      show({ my_rating: stars });
      return before;
    },
    onError: (_error, _stars, before) => show({ my_rating: before ?? null }),
    onSuccess: ({ my_rating, rating }) => {
      show({ my_rating, rating });
      // The stars of one's own review are this rating.
      void queries.invalidateQueries({ queryKey: keys.reviews(titleId) });
      // What is known of the taste hears of it a moment later.
      queries.setQueryData<KnownTaste>(
        keys.taste,
        (known) => known && rated(known, titleId, my_rating ?? null),
      );
      void forgetRows();
    },
  });
}
