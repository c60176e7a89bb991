import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "./problems";
import { forgetUnsent, keepUnsent, tellUnsent, type Unsent } from "./unsent";
import { tellPlaces } from "./watch";

const { view } = vi.hoisted(() => ({ view: vi.fn() }));
vi.mock("@/shared/session/auth", () => ({ session: { view, subscribe: vi.fn() } }));
vi.mock("./watch", () => ({ tellPlaces: vi.fn() }));

const tell = vi.mocked(tellPlaces);
const storage = new Map<string, string>();
const NOW = Date.now();
const place = (film: string, position: number, at = NOW, profileId = "iris"): Unsent => ({
  profileId,
  playableId: film,
  position,
  at,
});
const kept = (): Unsent[] => JSON.parse(storage.get("bijou.unsent") ?? "[]");

beforeEach(() => {
  storage.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  });
  view.mockReturnValue({ profileId: "iris" });
  tell.mockReset();
  tell.mockImplementation(async (places) => ({
    items: places.map(({ playableId, position }) => ({ playable_id: playableId, applied: true, position })),
  }));
});

describe("places of which nobody knows whether they were heard", () => {
  it("keeps one of each film, and forgets it once it was heard", () => {
    keepUnsent(place("a", 10, NOW - 1000));
    keepUnsent(place("b", 20));
    keepUnsent(place("a", 30));
    expect(kept().map(({ playableId, position }) => [playableId, position])).toEqual([
      ["b", 20],
      ["a", 30],
    ]);
    forgetUnsent(place("a", 10, NOW - 1000));
    expect(kept()).toHaveLength(2);
    forgetUnsent(place("a", 30));
    forgetUnsent(place("b", 20));
    expect(storage.size).toBe(0);
  });

  it("tells those of the present profile alone, once", async () => {
    keepUnsent(place("a", 10));
    keepUnsent(place("a", 99, NOW, "otto"));
    const both = [tellUnsent(), tellUnsent()];
    expect(await Promise.all(both)).toEqual([true, false]);
    expect(tell.mock.calls).toEqual([[[place("a", 10)]]]);
    expect(kept()).toEqual([place("a", 99, NOW, "otto")]);
    expect(await tellUnsent()).toBe(false);
  });

  it("keeps what nobody answered to, and lets go of what is refused for ever", async () => {
    keepUnsent(place("a", 10));
    for (const status of [0, 401, 429, 503]) {
      tell.mockRejectedValueOnce(new Problem({ status, code: "x", title: "x", detail: "x" }));
      expect(await tellUnsent()).toBe(false);
      expect(kept()).toHaveLength(1);
    }
    tell.mockRejectedValueOnce(new Problem({ status: 422, code: "x", title: "x", detail: "x" }));
    expect(await tellUnsent()).toBe(false);
    expect(kept()).toEqual([]);
  });

  it("keeps a place that came to be while an older one was told", async () => {
    keepUnsent(place("a", 10, NOW - 1000));
    tell.mockImplementationOnce(async () => {
      keepUnsent(place("a", 30));
      return { items: [] };
    });
    await tellUnsent();
    expect(kept()).toEqual([place("a", 30)]);
  });

  it("has an end in number and in time, and reads no rubbish", async () => {
    for (let n = 0; n < 60; n++) keepUnsent(place(`film ${n}`, n));
    expect(kept()).toHaveLength(50);
    storage.set(
      "bijou.unsent",
      JSON.stringify([place("old", 1, NOW - 31 * 86_400_000), null, { at: NOW }, place("a", 5)]),
    );
    await tellUnsent();
    expect(tell.mock.calls).toEqual([[[place("a", 5)]]]);
    storage.set("bijou.unsent", "rubbish");
    expect(await tellUnsent()).toBe(false);
  });
});
