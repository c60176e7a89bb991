import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { en } from "@/shared/i18n/en";
import { speak } from "@/shared/i18n/i18n";
import { episodeLabel, genreName, inOrder, seasonName } from "./names";

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

describe("genreName", () => {
  it("knows every genre of the films that come with Bijou", () => {
    const films = readFileSync("../demo/catalogue.toml", "utf8");
    const names = [...films.matchAll(/^genres = \[(.*)\]/gm)].flatMap(
      ([, list = ""]) => list.match(/[^",]+/g) ?? [],
    );
    const slugs = names.map((name) => name.trim().toLowerCase().replaceAll(" ", "-")).filter(Boolean);
    expect(slugs.length).toBeGreaterThan(9);
    expect(slugs.filter((slug) => !(slug in en.genres))).toEqual([]);
  });

  afterEach(() => speak("en"));

  it("says a known genre in the viewer's language, however it was typed", async () => {
    expect(genreName("Science Fiction")).toBe("Science Fiction");
    await speak("de");
    expect(genreName("Science Fiction")).toBe("Science-Fiction");
    expect(genreName(" comedy ")).toBe("Komödie");
  });

  it.each(["Küchentanz", "constructor", ""])("leaves %j as its editor wrote it", async (name) => {
    await speak("de");
    expect(genreName(name)).toBe(name && name.charAt(0).toUpperCase() + name.slice(1));
  });

  it("stands in the order of the viewer's language", async () => {
    const names = () =>
      inOrder([{ name: "Sport" }, { name: "Science" }, { name: "Short" }]).map(({ name }) => name);
    expect(names()).toEqual(["Science", "Short", "Sport"]);
    await speak("de");
    expect(names()).toEqual(["Short", "Sport", "Science"]);
  });
});
