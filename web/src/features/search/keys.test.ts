import { describe, expect, it } from "vitest";
import { CLOSED, kept, OPEN, type Place, pressed } from "./keys";

const walk = (from: Place, count: number, ...keys: string[]) =>
  keys.reduce<Place>((place, key) => pressed(key, place, count) ?? place, from);

describe("keys in the search field", () => {
  it("go down through all offers and back into the field", () => {
    const ways = [1, 2, 3, 4].map((times) => walk(OPEN, 3, ...Array<string>(times).fill("ArrowDown")).at);
    expect(ways).toEqual([0, 1, 2, null]);
  });

  it("go up from the field to the last", () => {
    expect(walk(OPEN, 3, "ArrowUp").at).toBe(2);
    expect(walk(OPEN, 3, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp").at).toBeNull();
  });

  it("open what is closed, and Escape closes it", () => {
    expect(walk(CLOSED, 3, "ArrowDown")).toEqual({ open: true, at: 0 });
    expect(walk(CLOSED, 3, "ArrowDown", "Escape")).toEqual(CLOSED);
    expect(pressed("ArrowUp", CLOSED, 3)).toBeNull();
  });

  it("find nothing where nothing is offered", () => {
    expect(walk(OPEN, 0, "ArrowDown", "ArrowUp").at).toBeNull();
  });

  it("leave the text its own", () => {
    for (const key of ["a", "Home", "End", "ArrowLeft", "Backspace", " "])
      expect(pressed(key, OPEN, 3)).toBeNull();
  });

  it("never stand on an offer that is gone", () => {
    expect(kept({ open: true, at: 4 }, 5).at).toBe(4);
    expect(kept({ open: true, at: 4 }, 4).at).toBeNull();
  });
});
