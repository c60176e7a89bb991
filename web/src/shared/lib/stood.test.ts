import { beforeEach, expect, it, vi } from "vitest";

const kept = new Map<string, string>();
vi.mock("./storage", () => ({
  tab: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  },
}));
const { at, note } = await import("./stood");
const CARD = { name: "/title/1", row: "row-new" };

beforeEach(() => kept.clear());

it("knows where one stood at each entry, as often as one comes back", () => {
  note("a", CARD);
  note("b", { name: "play", row: "title-page" });
  expect(at("a")).toEqual(CARD);
  expect(at("a")).toEqual(CARD);
  note("a", null);
  expect(at("a")).toBeUndefined();
  expect(at("b")).toBeDefined();
});

it("keeps the last fifty, and makes nothing of what is no place", () => {
  for (let entry = 0; entry < 60; entry++) note(String(entry), CARD);
  expect(at("9")).toBeUndefined();
  expect(at("10")).toEqual(CARD);
  kept.set("bijou.stood", '[["x", null], ["y", {"name": 1}], 3, ["z", {"name": "/a", "row": ""}]]');
  expect([at("x"), at("y"), at("z")]).toEqual([undefined, undefined, { name: "/a", row: "" }]);
  kept.set("bijou.stood", "{");
  expect(at("z")).toBeUndefined();
});
