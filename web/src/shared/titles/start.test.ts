import { describe, expect, it } from "vitest";
import type { Title } from "@/shared/api/shapes";
import { startOf } from "./start";

const series = { id: "t", type: "series", name: "Lantern Street", playable_id: null, resume: null } as Title;
const resume = { playable_id: "p3", position: 120, duration: 600, season_number: 1, episode_number: 3 };

describe("startOf", () => {
  it("begins a series at its first episode, and waits until that is known", () => {
    expect(startOf(series, null)).toBeNull();
    expect(startOf(series, "p1")).toMatchObject({ playableId: "p1", begun: false, episode: null });
  });

  it("goes on in the middle of an episode", () => {
    const start = startOf({ ...series, resume }, null);
    expect(start).toEqual({ playableId: "p3", begun: true, episode: "S1 E3", position: 120, duration: 600 });
  });

  it("plays the next episode from its start", () => {
    const next = { ...resume, position: 0 };
    expect(startOf({ ...series, resume: next }, null)).toMatchObject({ begun: false, episode: "S1 E3" });
  });

  it("begins again what was seen to its end", () => {
    const seen = { ...resume, playable_id: "p1", position: 580, episode_number: 1, completed: true };
    expect(startOf({ ...series, resume: seen }, null)).toMatchObject({ playableId: "p1", begun: false });
  });
});
