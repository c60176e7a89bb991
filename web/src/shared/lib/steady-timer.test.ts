import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

interface Told {
  id: number;
  ms: number | null;
}

class FakeWorker {
  static last: FakeWorker;
  onmessage: ((event: { data: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  told: Told[] = [];
  constructor() {
    FakeWorker.last = this;
  }
  postMessage(told: Told): void {
    this.told.push(told);
  }
}

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("after", () => {
  it("leaves the waiting to a worker", async () => {
    vi.stubGlobal("Worker", FakeWorker);
    const { after: ring } = await import("./steady-timer");
    const rung: string[] = [];
    ring(10, () => rung.push("first"));
    const takeBack = ring(20, () => rung.push("second"));
    const [first, second] = FakeWorker.last.told;
    takeBack();
    FakeWorker.last.onmessage?.({ data: first?.id ?? 0 });
    FakeWorker.last.onmessage?.({ data: second?.id ?? 0 });
    expect(rung).toEqual(["first"]);
    expect(FakeWorker.last.told.at(-1)).toEqual({ id: second?.id, ms: null });
  });

  it("does what is waiting when the worker cannot be loaded, and goes on with the page's own timer", async () => {
    vi.stubGlobal("Worker", FakeWorker);
    const { after: ring } = await import("./steady-timer");
    const act = vi.fn();
    ring(60_000, act);
    FakeWorker.last.onerror?.();
    expect(act).toHaveBeenCalledTimes(1);
    ring(10, act);
    vi.advanceTimersByTime(10);
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("uses the page's own timer where there are no workers", async () => {
    const { after: ring } = await import("./steady-timer");
    const act = vi.fn();
    ring(10, act)();
    ring(20, act);
    vi.advanceTimersByTime(30);
    expect(act).toHaveBeenCalledTimes(1);
  });
});
