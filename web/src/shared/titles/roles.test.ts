import { describe, expect, it } from "vitest";
import { byRole, filmography } from "./roles";

const part = (title: string, role: string, character: string | null = null) => ({ title, role, character });
const told = (groups: ReturnType<typeof filmography<ReturnType<typeof part>>>) =>
  groups.map(({ role, parts }) => [
    role,
    ...parts.map(({ title, character }) => `${title} ${character ?? "-"}`),
  ]);

describe("parts in a title", () => {
  it("are told by role, and those that nobody knows are not", () => {
    const parts = [part("a", "editor"), part("b", "actor"), part("c", "gaffer"), part("d", "director")];
    expect(byRole(parts).map(({ role }) => role)).toEqual(["director", "actor", "editor"]);
  });
});

describe("a filmography", () => {
  it("begins with what somebody did most", () => {
    const parts = [part("a", "director"), part("b", "writer"), part("c", "writer")];
    expect(told(filmography(parts, ({ title }) => title)).map(([role]) => role)).toEqual([
      "writer",
      "director",
    ]);
  });

  it("names a title once for each role, with all whom they played in it", () => {
    const parts = [
      part("a", "actor", "Iris"),
      part("b", "actor"),
      part("a", "actor", "Otto"),
      part("a", "writer"),
    ];
    expect(told(filmography(parts, ({ title }) => title))).toEqual([
      ["actor", "a Iris / Otto", "b -"],
      ["writer", "a -"],
    ]);
  });
});
