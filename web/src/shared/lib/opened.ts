// Which card was opened, or stood on, at which entry of this tab's history, for who comes back to it by keys: through reloads.
import { tab } from "./storage";

const KEY = "bijou.opened";
/** Entries further back than this are not gone back to. */
const MOST = 50;

/** The card of an entry, in the place of the one before. */
export function note(entry: string, card: string): void {
  write([...others(entry), [entry, card]]);
}

/** The card to stand on again; known once, for a page that is gone through anew begins at its top. */
export function taken(entry: string): string | undefined {
  const card = kept().find(([known]) => known === entry)?.[1];
  if (card !== undefined) write(others(entry));
  return card;
}

const others = (entry: string) => kept().filter(([known]) => known !== entry);

function write(cards: [string, string][]): void {
  tab.setItem(KEY, JSON.stringify(cards.slice(-MOST)));
}

function kept(): [string, string][] {
  try {
    const found: unknown = JSON.parse(tab.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isNoted) : [];
  } catch {
    return [];
  }
}

function isNoted(found: unknown): found is [string, string] {
  return Array.isArray(found) && typeof found[0] === "string" && typeof found[1] === "string";
}
