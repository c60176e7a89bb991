// The way back: which entries of this tab's history are pages that one browses films on.

/** By their place in the history; what is unknown (from before a reload) is no such page. */
const browsing: boolean[] = [];

/** The entry at `index` is on screen. What lay ahead of it is gone, or is noted again when it is reached. */
export function note(index: number, browses: boolean): void {
  browsing.length = index;
  browsing[index] = browses;
}

/** How many steps back from the entry at `index` the last page for browsing lies; null where none is known. */
export function stepsBack(index: number): number | null {
  for (let at = index - 1; at >= 0; at--) if (browsing[at]) return index - at;
  return null;
}
