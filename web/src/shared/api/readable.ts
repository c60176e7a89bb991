// Which answers can be read again without a network, and how: kept as they come, shown when nothing else can be had.
import type { Query, QueryFunction, QueryFunctionContext } from "@tanstack/react-query";
import type { Kept } from "./kept";
import { OFFLINE, Problem } from "./problems";

/** The first words of the keys of what is browsed. Nothing of the account, the plan, playing or staff is among them. */
const BROWSED: ReadonlySet<unknown> = new Set([
  "cards",
  "collection",
  "discovery",
  "genre",
  "genres",
  "home",
  "list",
  "newest",
  "person",
  "profiles",
  "reminders",
  "search",
  "slug",
  "title",
]);
/** Walls that grow as one goes down: who comes back to one finds it as long as it was. */
export const WALLS: ReadonlySet<unknown> = new Set(["collection", "discovery", "genre", "list", "search"]);

export const isBrowsed = (key: readonly unknown[]): boolean => BROWSED.has(key[0]);

export interface ReadableParts {
  kept: Pick<Kept, "put" | "get">;
  /** Whose answers are read now; null while nobody is known. */
  owner: () => string | null;
  /** Whether Bijou could be reached when it was last looked for. */
  there: () => boolean;
  /** Whether it can be reached now. */
  look: () => Promise<boolean>;
  now: () => number;
}

/** How queries are read: from the network, and where that is away from what is kept, which stays as old as it is. */
export function readable({ kept, owner, there, look, now }: ReadableParts) {
  return async <T>(read: QueryFunction<T>, context: QueryFunctionContext, query: Query): Promise<T> => {
    const { queryKey, queryHash } = query;
    const who = owner();
    // What is on screen already stays there by itself.
    const wanting = who !== null && query.state.data === undefined && isBrowsed(queryKey);
    const shown = async () => {
      const found = wanting ? await kept.get(who, queryHash) : undefined;
      if (!found || who !== owner()) return undefined;
      // Once the query has taken it for new.
      setTimeout(() => query.setState({ dataUpdatedAt: found.at }));
      return found as { data: T };
    };
    // Known to be away, nobody is waited for.
    const before = there() ? undefined : await shown();
    if (before) return before.data;
    try {
      const data = await read(context as never);
      // Nobody else's by now, and worth the place.
      if (who !== null && who === owner() && isBrowsed(queryKey))
        void kept.put({ hash: queryHash, owner: who, key: queryKey, data, at: now() });
      return data;
    } catch (error) {
      if (!wanting || !(error instanceof Problem && error.code === OFFLINE) || (await look())) throw error;
      const found = await shown();
      if (!found) throw error;
      return found.data;
    }
  };
}
