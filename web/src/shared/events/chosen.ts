// Which making of a row led to a title, and who recommended it there: a play that follows says so, for as long as the tab remembers.

export interface Origin {
  impressionId: string;
  /** Which answer of the recommendations the row came from, where it did. */
  recommendationId?: string | null;
}

const MOST = 200;
const chosen = new Map<string, Origin>();

export function choose(titleId: string, origin: Origin): void {
  chosen.delete(titleId);
  chosen.set(titleId, origin);
  const [oldest] = chosen.keys();
  if (chosen.size > MOST && oldest) chosen.delete(oldest);
}

export function chosenBy(titleId: string): Origin | undefined {
  return chosen.get(titleId);
}

/** As events say it. */
export function told({ impressionId, recommendationId }: Origin) {
  return {
    impression_id: impressionId,
    ...(recommendationId ? { recommendation_id: recommendationId } : {}),
  };
}
