import { describe, expect, it } from "vitest";
import { parseSearch, stringifySearch } from "./search-params";

describe("the part of an address after the question mark", () => {
  it.each(["2012", "1e3", "007", "true", "null", '"quoted"', "a&b = c?", "ü 🤖", "100 %"])(
    "keeps %s as it was written",
    (q) => {
      expect(parseSearch(stringifySearch({ q }))).toEqual({ q });
    },
  );

  it("can be read", () => {
    expect(stringifySearch({ q: "salt light", year: 1990 })).toBe("?q=salt+light&year=1990");
  });

  it("says nothing of what is not set", () => {
    expect(stringifySearch({ q: "", genre: undefined, next: null })).toBe("");
  });
});
