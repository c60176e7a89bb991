import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PlaySession } from "@/shared/api/shapes";
import { goOnAt, Keeper, keepPlace, keptPlace, type Place, withTold } from "./place";
import { initial } from "./state";

const kept = new Map<string, string>();
const PLACE: Place = { entry: "e1", playableId: "film", position: 312, told: [20, 300], over: false };

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});

describe("the place on screen", () => {
  it("is found by the entry of the history that showed the film, and by no other", () => {
    keepPlace(PLACE);
    expect(keptPlace("e1", "film")).toEqual(PLACE);
    expect(keptPlace("e2", "film"), "a new visit").toBeNull();
    expect(keptPlace("e1", "another film")).toBeNull();
    kept.set("bijou.place", "rubbish");
    expect(keptPlace("e1", "film")).toBeNull();
  });

  it.each([
    [300, 312, "the last beat arrived, the goodbye did not"],
    [312, 312, "the goodbye arrived"],
    [20, 312, "nothing arrived since the start"],
    [900, 900, "another screen went on"],
    [0, 0, "another screen finished the film"],
  ])("goes on from the server's %i at %i: %s", (resumeAt, at, _) => {
    expect(goOnAt(PLACE, resumeAt)).toBe(at);
  });

  it("is the server's where this tab has none", () => {
    expect(goOnAt(null, 77)).toBe(77);
  });

  it("is kept where the server would begin a film anew that we are about to finish", () => {
    expect(goOnAt({ ...PLACE, over: true }, 0)).toBe(312);
    expect(goOnAt({ ...PLACE, over: true }, 100)).toBe(100);
  });

  it("remembers what the server knew for certain and the last few it was told", () => {
    expect([2, 3, 4, 5, 6].reduce<number[]>(withTold, [1])).toEqual([1, 4, 5, 6]);
  });

  it("is the last moment of a film that has ended, also for a server that would begin it anew", () => {
    const keeper = new Keeper("e1", "film");
    keeper.end({ ...initial, phase: "ready", position: 600, duration: 600 });
    expect(goOnAt(keeper.kept(), 0)).toBe(599.5);
  });

  it("is none after a trailer, which the way forward plays anew", () => {
    const keeper = new Keeper("e1", "film");
    const session = { trailer: "t1" } as PlaySession;
    const state = { ...initial, phase: "ready" as const, position: 9, duration: 10, session };
    keeper.keep(state);
    expect(keeper.kept()).not.toBeNull();
    keeper.end(state);
    expect(keeper.kept()).toBeNull();
  });
});
