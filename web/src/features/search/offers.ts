// What the field offers: titles for what is typed, or else the last searches and what others look for.
import { useQuery } from "@tanstack/react-query";
import { keys } from "@/shared/api/queries";
import { trending } from "@/shared/api/search";
import type { RecentSearch, Suggestion, TrendingSearch } from "@/shared/api/shapes";
import { isSentence } from "./question";
import { suggestionsFor } from "./suggestions";
import { useDelayed } from "./use-delayed";
import { useRecent } from "./use-recent";

const RECENT = 6;
const TRENDING = 6;

export type Offer =
  | { kind: "title"; title: Suggestion; queryId: string; position: number }
  | { kind: "all"; words: string }
  | { kind: "describe"; words: string }
  | { kind: "recent"; search: RecentSearch }
  | { kind: "trending"; search: TrendingSearch };

export function useOffers(text: string, open: boolean) {
  const words = text.trim();
  const empty = words === "";
  const asked = useDelayed(words);
  const typed = useQuery({ ...suggestionsFor(asked), enabled: open && !empty && asked !== "" });
  const { searches, forget } = useRecent(open && empty);
  const others = useQuery({
    queryKey: keys.trendingSearches,
    queryFn: trending,
    enabled: open && empty,
    retry: false,
  });
  const offers: Offer[] = empty
    ? [
        ...searches.slice(0, RECENT).map((search): Offer => ({ kind: "recent", search })),
        ...(others.data ?? []).slice(0, TRENDING).map((search): Offer => ({ kind: "trending", search })),
      ]
    : [
        ...(typed.data?.items ?? []).map(
          (title, at): Offer => ({
            kind: "title",
            title,
            queryId: typed.data?.query_id ?? "",
            position: at + 1,
          }),
        ),
        { kind: "all", words },
        ...(isSentence(words) ? [{ kind: "describe", words } as const] : []),
      ];
  return { offers, forget };
}
