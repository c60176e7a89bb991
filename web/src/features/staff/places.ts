// Where an interval lies on a line of 200 with nothing in its middle.
const HALF = 94;

export function placesOf(low: number, estimate: number, high: number, reach: number) {
  const place = (value: number) => 100 + (reach > 0 ? Math.max(-1, Math.min(1, value / reach)) : 0) * HALF;
  return { low: place(low), estimate: place(estimate), high: place(high) };
}

/** The farthest that any interval goes from nothing. */
export function reachOf(intervals: readonly { low: number | null; high: number | null }[]): number {
  return Math.max(0, ...intervals.flatMap(({ low, high }) => [Math.abs(low ?? 0), Math.abs(high ?? 0)]));
}
