import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Reach } from "./reach";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make(...found: boolean[]) {
  const look = vi.fn(async () => found.shift() ?? true);
  const reach = new Reach({ look });
  const told = vi.fn();
  reach.subscribe(() => told(reach.view()));
  return { reach, look, told };
}

it("says nothing of one failed request while a look finds us", async () => {
  const { reach, told } = make(true);
  expect(await reach.look()).toBe(true);
  expect(told).not.toHaveBeenCalled();
});

it("looks ever more slowly until somebody answers, and says so once", async () => {
  const { reach, look, told } = make(false, false, false, true);
  await reach.look();
  expect(told.mock.calls).toEqual([[false]]);
  await vi.advanceTimersByTimeAsync(6_999);
  expect(look).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(1);
  expect(told.mock.calls).toEqual([[false], [true]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(look).toHaveBeenCalledTimes(4);
});

it("takes any answer for being there again, and looks no more", async () => {
  const { reach, look } = make(false);
  await reach.look();
  reach.heard();
  expect(reach.view()).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(look).toHaveBeenCalledTimes(1);
});

it("shares one look, and takes a look that failed for nothing found", async () => {
  const look = vi.fn(() => Promise.reject(new TypeError("Failed to fetch")));
  const reach = new Reach({ look });
  expect(await Promise.all([reach.look(), reach.look()])).toEqual([false, false]);
  expect(look).toHaveBeenCalledTimes(1);
});

it("waits for its time, or until we can be reached again", async () => {
  const { reach } = make(false, true);
  await reach.look();
  const done = vi.fn();
  void reach.back(30_000).then(done);
  await vi.advanceTimersByTimeAsync(999);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledOnce();
});
