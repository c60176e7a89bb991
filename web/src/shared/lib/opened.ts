// Which card was opened from which entry of this tab's history, for who comes back to it by keys.

const cards = new Map<string, string>();

export function note(entry: string, card: string): void {
  cards.set(entry, card);
}

/** The card to stand on again; known once, for a page that is gone through anew begins at its top. */
export function taken(entry: string): string | undefined {
  const card = cards.get(entry);
  cards.delete(entry);
  return card;
}
