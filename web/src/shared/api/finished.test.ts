import { afterEach, describe, expect, it, vi } from "vitest";
import { begin, finish, ofEpisodes, ofHome, ofTitle } from "./finished";
import type { Episode, Home, NextEpisode, Title } from "./shapes";

const next: NextEpisode = {
  playable_id: "p2",
  title_id: "t",
  name: "Two",
  season_number: 1,
  episode_number: 2,
};
const title = {
  id: "t",
  resume: { playable_id: "p1", position: 90, duration: 100, season_number: 1, episode_number: 1 },
} as Title;
const viewing = { title_id: "t", name: "Lantern Street", playable_id: "p1", position: 90, progress: 0.9 };
const home = {
  hero: null,
  rows: [
    { id: "c", kind: "continue_watching", name: "", impression_id: "i", degraded: false, items: [viewing] },
    { id: "n", kind: "new", name: "", impression_id: "i", degraded: false, items: [viewing] },
  ],
} as unknown as Home;
const row = (of: Home) => of.rows[0]?.items;

describe("what was just seen to its end", () => {
  afterEach(() => {
    begin("p1");
    vi.useRealTimers();
  });

  it("changes nothing else", () => {
    expect(ofTitle(title)).toBe(title);
    expect(ofHome(home)).toEqual(home);
  });

  it("has no place at its end any more", () => {
    finish("p1", null);
    expect(ofTitle(title).resume).toBeNull();
    expect(row(ofHome(home))).toEqual([]);
    expect(ofHome(home).rows[1]?.items).toHaveLength(1);
  });

  it("leads to the next episode, at its start", () => {
    finish("p1", next);
    expect(ofTitle(title).resume).toMatchObject({ playable_id: "p2", position: 0, episode_number: 2 });
    expect(row(ofHome(home))).toMatchObject([
      { playable_id: "p2", progress: 0, position: 0, episode_name: "Two" },
    ]);
  });

  it("is a seen episode in the list", () => {
    finish("p1", next);
    const [seen, other] = ofEpisodes([
      { playable_id: "p1", resume: { playable_id: "p1", position: 90 } } as Episode,
      { playable_id: "p2", resume: null } as Episode,
    ]);
    expect(seen?.resume?.completed).toBe(true);
    expect(other?.resume).toBeNull();
  });

  it("believes the watch state once that has heard of it", () => {
    finish("p1", null);
    const heard = { ...title, resume: { playable_id: "p1", position: 0, completed: true } } as Title;
    expect(ofTitle(heard)).toBe(heard);
  });

  it("is over when it is watched again, and after a while", () => {
    finish("p1", null);
    begin("p1");
    expect(ofTitle(title)).toBe(title);
    vi.useFakeTimers();
    finish("p1", null);
    vi.advanceTimersByTime(21_000);
    expect(ofTitle(title)).toBe(title);
  });
});
