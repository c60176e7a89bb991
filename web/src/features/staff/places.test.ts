import { expect, it } from "vitest";
import { placesOf, reachOf } from "./places";

it("lays an interval out around nothing", () => {
  expect(
    reachOf([
      { low: -2, high: 1 },
      { low: null, high: null },
    ]),
  ).toBe(2);
  expect(placesOf(-2, 0, 1, 2)).toEqual({ low: 6, estimate: 100, high: 147 });
  expect(placesOf(0, 0, 0, 0)).toEqual({ low: 100, estimate: 100, high: 100 });
});
