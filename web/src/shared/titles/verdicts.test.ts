import { describe, expect, it } from "vitest";
import type { KnownTaste } from "@/shared/api/shapes";
import { changed, restored, verdicts } from "./verdicts";

const nothing: KnownTaste = {
  personal: true,
  genres: [],
  watched: 0,
  kept: 0,
  said: [],
  rated: [],
  reset_at: null,
};

describe("What a profile said of titles", () => {
  it("is by thumb, by stars that lean somewhere, or as not wanted, and a thumb counts before stars", () => {
    const known: KnownTaste = {
      ...nothing,
      said: [
        { title_id: "a", title: "A", verdict: "not_interested" },
        { title_id: "b", title: "B", verdict: "down" },
      ],
      rated: [
        { title_id: "b", title: "B", stars: 5 },
        { title_id: "c", title: "C", stars: 4 },
        { title_id: "d", title: "D", stars: 3 },
        { title_id: "e", title: "E", stars: 2 },
      ],
    };
    expect(Object.fromEntries(verdicts(known))).toEqual({
      a: "not_interested",
      b: "down",
      c: "up",
      e: "down",
    });
  });

  it("is one thing at a time, and can be taken back", () => {
    const liked = changed(nothing, "a", "A", "up");
    expect(liked.rated).toEqual([{ title_id: "a", title: "A", stars: 5 }]);
    const unwanted = changed(liked, "a", "A", "not_interested");
    expect(verdicts(unwanted).get("a")).toBe("not_interested");
    expect(changed(liked, "a", "A", null).rated).toEqual([]);
    // Wanted again, it has the stars it had.
    expect(changed(unwanted, "a", "A", null)).toEqual(liked);
  });

  it("is undone for one title, whatever was said of others meanwhile", () => {
    const before = changed(nothing, "a", "A", "up");
    const after = changed(changed(before, "a", "A", "not_interested"), "b", "B", "not_interested");
    const back = restored(after, before, "a");
    expect(Object.fromEntries(verdicts(back))).toEqual({ a: "up", b: "not_interested" });
  });
});
