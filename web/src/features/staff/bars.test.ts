import { expect, it } from "vitest";
import { barsOf } from "./bars";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 20, minute)).toISOString();
const minute = (place: number, plays: number, failed = 0, startup: number | null = null) => ({
  at: at(place),
  plays,
  failed,
  startup_p50_ms: startup,
  startup_p95_ms: startup,
});

it("has a bar for every minute, also for one without a play", () => {
  const { bars, most, slowest } = barsOf(
    { since: at(0), until: at(9), minutes: [minute(1, 10, 5, 400), minute(9, 5, 0, 800)] },
    100,
    100,
  );
  expect(bars).toHaveLength(10);
  expect([most, slowest]).toEqual([10, 800]);
  expect(bars.map(({ height }) => Math.round(height))).toEqual([0, 95, 0, 0, 0, 0, 0, 0, 0, 48]);
  expect(bars.map(({ startup }) => startup)).toEqual([
    null,
    45,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    90,
  ]);
  expect(Math.round(bars[1]?.failed ?? 0)).toBe(48);
});

it("lets minutes of a day share bars, and says what a minute of the fullest had", () => {
  const day = { since: at(0), until: at(24 * 60), minutes: [minute(0, 6), minute(1, 7), minute(24 * 60, 1)] };
  const { bars, most } = barsOf(day, 960, 100);
  expect(bars.length).toBeLessThanOrEqual(120);
  expect(most).toBe(1);
  expect(bars.at(-1)?.height).toBeGreaterThan(0);
});

it("draws nothing where nothing played", () => {
  const { bars, most, slowest } = barsOf({ since: at(0), until: at(5), minutes: [] }, 100, 100);
  expect([most, slowest, ...bars.map(({ height }) => height)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});
