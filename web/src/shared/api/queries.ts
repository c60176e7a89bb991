// Cached reads: one client, and the names under which answers are kept.
import { onlineManager, QueryClient } from "@tanstack/react-query";
import { session } from "@/shared/session/auth";
import { SignedOut } from "@/shared/session/session";
import { Problem } from "./problems";
import { reach } from "./reach";

export const keys = {
  me: ["me"] as const,
  profiles: ["profiles"] as const,
  plans: ["plans"] as const,
  subscription: ["subscription"] as const,
  home: ["home"] as const,
  list: ["list"] as const,
  reminders: ["reminders"] as const,
  genres: ["genres"] as const,
  newest: ["newest"] as const,
  genre: (slug: string, sort: string, type: string | undefined) => ["genre", slug, sort, type] as const,
  person: (id: string) => ["person", id] as const,
  search: (question: object) => ["search", question] as const,
  discovery: (text: string, without: string) => ["discovery", text, without] as const,
  suggestions: (text: string) => ["suggestions", text] as const,
  recentSearches: ["recent-searches"] as const,
  trendingSearches: ["trending-searches"] as const,
  seen: (titleIds: readonly string[]) => ["seen", ...titleIds] as const,
  collection: (id: string) => ["collection", id] as const,
  slug: (slug: string) => ["slug", slug] as const,
  title: (id: string) => ["title", id] as const,
  /** What speaks for a title to this profile. */
  why: (id: string) => ["title", id, "why"] as const,
  taste: ["taste"] as const,
  starters: ["starters"] as const,
  cards: (ids: readonly string[]) => ["cards", ...ids] as const,
  similar: (id: string) => ["title", id, "similar"] as const,
  /** Without an order: of all of them. */
  reviews: (id: string, sort?: string) => ["title", id, "reviews", ...(sort ? [sort] : [])] as const,
  flags: ["flags"] as const,
  experiments: ["experiments"] as const,
  experiment: (name: string) => ["experiments", name] as const,
  titleNames: (ids: readonly string[]) => ["title-names", ...ids] as const,
  dataQuality: (hours: number) => ["data-quality", hours] as const,
  searchGaps: (days: number) => ["search-gaps", days] as const,
  moderation: (state?: string, page?: number) => ["moderation", ...(state ? [state, page] : [])] as const,
  seasons: (id: string) => ["title", id, "seasons"] as const,
  /** null: of a season that is yet to be chosen. */
  episodes: (id: string, season: number | null) => ["title", id, "seasons", season] as const,
};

/** Reads are tried again only when another try can help. */
function worthRetrying(failures: number, error: Error): boolean {
  if (error instanceof SignedOut) return false;
  if (error instanceof Problem) return failures < 2 && (error.status === 0 || error.status >= 500);
  return false;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 600_000,
      retry: worthRetrying,
      refetchOnWindowFocus: false,
      // Never put on hold by what the browser thinks of the network: a read fails and says so, and is made good on return.
      networkMode: "always",
      refetchOnReconnect: true,
    },
    mutations: { networkMode: "always" },
  },
});

onlineManager.setEventListener((setOnline) => reach.subscribe(() => setOnline(reach.view())));

// What one profile saw must never be shown to another.
let seen = session.view();
session.subscribe(() => {
  const next = session.view();
  if (seen.signedIn && (!next.signedIn || (seen.profileId !== null && next.profileId !== seen.profileId)))
    queries.clear();
  seen = next;
});

/** Pages that show where films stand are asked for again. */
export function refreshPlaces(): void {
  void queries.invalidateQueries({ queryKey: keys.home });
  void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "title" });
}
