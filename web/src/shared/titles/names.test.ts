import { describe, expect, it } from "vitest";
import { episodeLabel, seasonName } from "./names";

describe("episodeLabel", () => {
  it("names an episode by its season, and a special as one", () => {
    expect(episodeLabel({ season_number: 2, episode_number: 3 })).toBe("S2 E3");
    expect(episodeLabel({ season_number: 0, episode_number: 1 })).toBe("Special 1");
  });

  it("names no film", () => {
    expect(episodeLabel({})).toBeNull();
    expect(episodeLabel({ season_number: null, episode_number: null })).toBeNull();
  });
});

describe("seasonName", () => {
  it("says a season's number, and its name where it has one of its own", () => {
    expect(seasonName({ number: 2, name: "Season 2" })).toBe("Season 2");
    expect(seasonName({ number: 2, name: "Unclaimed" })).toBe("Season 2 · Unclaimed");
  });

  it("never calls the specials season 0", () => {
    expect(seasonName({ number: 0, name: "Specials" })).toBe("Specials");
    expect(seasonName({ number: 0, name: "Season 0" })).toBe("Specials");
    expect(seasonName({ number: 0, name: "Behind the scenes" })).toBe("Specials · Behind the scenes");
  });
});
