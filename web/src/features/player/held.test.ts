import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let kept: Map<string, string>;

function page(type: string): Promise<typeof import("./held")> {
  vi.resetModules();
  vi.spyOn(performance, "getEntriesByType").mockReturnValue([
    { type } as unknown as PerformanceNavigationTiming,
  ]);
  return import("./held");
}

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the session a tab holds", () => {
  it("is found again by a reload, and by nobody who only copied the tab", async () => {
    (await page("navigate")).hold("s1");
    expect((await page("reload")).heldSession()).toBe("s1");
    expect((await page("navigate")).heldSession()).toBeNull();
  });

  it("is forgotten when the server ended it, unless a newer one took its place", async () => {
    const { heldSession, hold, lose } = await page("navigate");
    hold("s1");
    hold("s2");
    lose("s1");
    expect(heldSession()).toBe("s2");
    lose("s2");
    expect(heldSession()).toBeNull();
    expect(kept.size).toBe(0);
  });
});
