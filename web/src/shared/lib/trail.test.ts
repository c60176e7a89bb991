import { beforeEach, describe, expect, it } from "vitest";
import { note, stepsBack } from "./trail";

const HOME = true;
const FILM = false;

/** One entry after the other, as links are followed. */
function follow(...pages: boolean[]): void {
  for (const [index, page] of pages.entries()) note(index, page);
}

describe("stepsBack", () => {
  beforeEach(() => note(0, FILM));

  it("leads past the film's own page to the last page for browsing", () => {
    follow(HOME, FILM, FILM);
    expect(stepsBack(2)).toBe(2);
    follow(HOME, FILM, HOME, FILM);
    expect(stepsBack(3)).toBe(1);
  });

  it("knows none where the film's address was opened, or the page was loaded anew", () => {
    follow(FILM, FILM);
    expect(stepsBack(1)).toBeNull();
    note(7, FILM);
    expect(stepsBack(7)).toBeNull();
  });

  it("goes by what an entry shows now", () => {
    follow(HOME, HOME, FILM);
    note(1, FILM);
    note(2, FILM);
    expect(stepsBack(2)).toBe(2);
  });
});
