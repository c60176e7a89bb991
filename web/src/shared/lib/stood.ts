// Where somebody who goes by keys stood at each entry of this tab's history: kept through reloads.
import { tab } from "./storage";

const KEY = "bijou.stood";
/** Entries further back than this are not gone back to. */
const MOST = 50;

export interface Place {
  /** What it leads to, or what it is. */
  name: string;
  /** The row, or whatever else it is in. */
  row: string;
}

/** Where one stands at an entry, in the place of what was noted before; null: nowhere. */
export function note(entry: string, place: Place | null): void {
  const others = kept().filter(([known]) => known !== entry);
  const all = place ? [...others, [entry, place]] : others;
  tab.setItem(KEY, JSON.stringify(all.slice(-MOST)));
}

export function at(entry: string): Place | undefined {
  return kept().find(([known]) => known === entry)?.[1];
}

function kept(): [string, Place][] {
  try {
    const found: unknown = JSON.parse(tab.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isNoted) : [];
  } catch {
    return [];
  }
}

function isNoted(found: unknown): found is [string, Place] {
  if (!Array.isArray(found) || typeof found[0] !== "string") return false;
  const place = found[1] as Partial<Place> | null;
  return typeof place?.name === "string" && typeof place.row === "string";
}
