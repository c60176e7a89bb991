// The home page as it is shown: what comes later is added to it without moving what is already there.
import type { Home, Row } from "@/shared/api/shapes";

/** The newer page in the order of the one on screen; rows and titles that are new stand after the known ones. */
export function steady(shown: Home | undefined, next: Home): Home {
  if (!shown) return next;
  const rows = keepOrder(shown.rows, next.rows, (row) => row.id).map((row) => {
    const before = shown.rows.find(({ id }) => id === row.id);
    if (!before) return row;
    // Its numbers are places: they must be today's.
    if (row.kind === "top10") return withImpression(before, row);
    const items = keepOrder(before.items, row.items, (item) => item.title_id);
    return withImpression(before, { ...row, items });
  });
  return { hero: shown.hero ?? next.hero, rows };
}

/** How many different titles a page shows. */
export function titlesOn(page: Home): number {
  return new Set(page.rows.flatMap(({ items }) => items.map(({ title_id }) => title_id))).size;
}

/** The page when one playable is no longer to be continued. */
export function without(page: Home, playableId: string): Home {
  const drop = (row: Row): Row =>
    row.kind === "continue_watching"
      ? { ...row, items: row.items.filter(({ playable_id }) => playable_id !== playableId) }
      : row;
  return { ...page, rows: page.rows.map(drop) };
}

/** What stands there as it stood is not shown anew. */
function withImpression(before: Row, row: Row): Row {
  const same =
    row.items.length === before.items.length &&
    row.items.every((item, at) => {
      const stood = before.items[at];
      // What is said of a poster is what was seen of it.
      return item.title_id === stood?.title_id && item.picture?.name === stood.picture?.name;
    });
  const { impression_id, recommendation_id, model, experiments } = before;
  return same ? { ...row, impression_id, recommendation_id, model, experiments } : row;
}

function keepOrder<T>(before: readonly T[], after: readonly T[], id: (item: T) => string): T[] {
  const places = new Map(before.map((item, place) => [id(item), place]));
  const place = (item: T) => places.get(id(item)) ?? before.length;
  return [...after].sort((a, b) => place(a) - place(b));
}
