// Which making of a row led to a title: a play that follows says so, for as long as the tab remembers.

const MOST = 200;
const chosen = new Map<string, string>();

export function choose(titleId: string, impressionId: string): void {
  chosen.delete(titleId);
  chosen.set(titleId, impressionId);
  const [oldest] = chosen.keys();
  if (chosen.size > MOST && oldest) chosen.delete(oldest);
}

export function chosenBy(titleId: string): string | undefined {
  return chosen.get(titleId);
}
