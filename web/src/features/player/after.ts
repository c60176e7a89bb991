// Which films to go on with after one: what is like it, what was begun, what is on the first page.
import type { Home, RowItem } from "@/shared/api/shapes";

export type Offer = Pick<
  RowItem,
  "title_id" | "name" | "poster_url" | "poster_srcset" | "color" | "availability"
>;

/** So many are offered. */
export const OFFERS = 3;

/** Everything that may follow and is here, each once, the closest first, without the title that was just seen. */
export function candidates(seenId: string, similar: readonly Offer[], home: Home | undefined): Offer[] {
  const rows = home?.rows ?? [];
  const begun = rows.filter(({ kind }) => kind === "continue_watching");
  const others = rows.filter(({ kind }) => kind !== "continue_watching");
  const all: Offer[] = [...similar, ...[...begun, ...others].flatMap(({ items }) => items)];
  const once = new Map<string, Offer>();
  for (const offer of all)
    if (offer.availability !== "listed" && !once.has(offer.title_id)) once.set(offer.title_id, offer);
  once.delete(seenId);
  return [...once.values()];
}

/** The first few; what was seen to its end only where nothing else is left. */
export function offers(from: readonly Offer[], seen: ReadonlySet<string>): Offer[] {
  const fresh = from.filter(({ title_id }) => !seen.has(title_id));
  return [...fresh, ...from.filter(({ title_id }) => seen.has(title_id))].slice(0, OFFERS);
}
