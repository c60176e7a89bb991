// Where the bars of the live report stand: one for each minute of its window, also for minutes without a play.
import type { PlaybackReport } from "@/shared/api/shapes";

const MINUTE = 60_000;
/** More bars than this are too thin to see; then several minutes share one. */
const MOST_BARS = 120;

export interface Bar {
  at: number;
  x: number;
  width: number;
  height: number;
  failed: number;
  /** Of the slowest minute that it stands for; null where nobody told. */
  startup: number | null;
}

export function barsOf(
  { since, until, minutes }: Pick<PlaybackReport, "since" | "until" | "minutes">,
  width: number,
  height: number,
): { bars: Bar[]; most: number; slowest: number } {
  const first = Math.floor(Date.parse(since) / MINUTE);
  const count = Math.max(1, Math.floor(Date.parse(until) / MINUTE) - first + 1);
  const each = Math.ceil(count / MOST_BARS);
  const sums = Array.from({ length: Math.ceil(count / each) }, () => ({
    plays: 0,
    failed: 0,
    startup: null as number | null,
  }));
  for (const minute of minutes) {
    const sum = sums[Math.floor((Math.floor(Date.parse(minute.at) / MINUTE) - first) / each)];
    if (!sum) continue;
    sum.plays += minute.plays;
    sum.failed += minute.failed;
    if (minute.startup_p95_ms !== null) sum.startup = Math.max(sum.startup ?? 0, minute.startup_p95_ms);
  }
  const most = Math.max(0, ...sums.map(({ plays }) => plays));
  const slowest = Math.max(0, ...sums.map(({ startup }) => startup ?? 0));
  const step = width / sums.length;
  const bars = sums.map(({ plays, failed, startup }, place) => ({
    at: (first + place * each) * MINUTE,
    x: place * step + step * 0.1,
    width: step * 0.8,
    height: most ? (plays / most) * height * 0.95 : 0,
    failed: most ? (failed / most) * height * 0.95 : 0,
    startup: startup === null || !slowest ? null : (startup / slowest) * height * 0.9,
  }));
  return { bars, most: most / each, slowest };
}
