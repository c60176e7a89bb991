// Cached reads: one client, and the names under which answers are kept.
import { onlineManager, QueryClient } from "@tanstack/react-query";
import { forgetPictures } from "@/shared/lib/worker";
import { session } from "@/shared/session/auth";
import { SignedOut } from "@/shared/session/session";
import { Kept } from "./kept";
import { Problem } from "./problems";
import { reach } from "./reach";
import { readable, WALLS } from "./readable";

export const keys = {
  me: ["me"] as const,
  profiles: ["profiles"] as const,
  security: ["security"] as const,
  passkeys: ["passkeys"] as const,
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
  history: ["history"] as const,
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

const kept = new Kept();
const owner = () => session.owner;

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
      persister: readable({ kept, owner, there: reach.view, look: reach.look, now: Date.now }) as never,
    },
    mutations: { networkMode: "always" },
  },
});

onlineManager.setEventListener((setOnline) => reach.subscribe(() => setOnline(reach.view())));

// What one profile saw must never be shown to another, nor stay behind.
let seen = { owner: session.owner, ...session.view() };
if (seen.owner === null) void kept.clear();
session.subscribe(() => {
  const next = { owner: session.owner, ...session.view() };
  const left = seen.signedIn && !next.signedIn;
  if (left || (seen.owner !== null && next.owner !== seen.owner)) {
    queries.clear();
    void kept.clear();
    forgetPictures();
  }
  seen = next;
});

/** No page waits longer for what is kept of it. Milliseconds. */
const KEPT_DEADLINE = 1_000;

/** Walls are as long as they were left, for who comes back to one by a reload or from another site. */
export async function restoreWalls(): Promise<void> {
  const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const { owner } = session;
  if (owner === null || !arrival || arrival.type === "navigate") return;
  const late = new Promise<[]>((done) => setTimeout(() => done([]), KEPT_DEADLINE));
  // Who reloads wants what is new, in the place of what is old.
  const again = arrival.type === "reload";
  for (const { key, data, at } of await Promise.race([kept.named(owner, WALLS), late]))
    queries.setQueryData(key, data, { updatedAt: again ? 0 : at });
}

/** Pages that show where films stand are asked for again. */
export function refreshPlaces(): void {
  void queries.invalidateQueries({ queryKey: keys.home });
  void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "title" });
}
