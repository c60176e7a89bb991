import { expect, test } from "vitest";
import { hoursOf, periodOf } from "./period";

test("the address names a period only where it is one, and not the usual one", () => {
  expect(periodOf({ days: 7 })).toEqual({ days: 7 });
  expect(periodOf({ days: "45" })).toEqual({ days: 45 });
  for (const days of [28, 9, -7, "x", undefined, [7, 7]]) expect(periodOf({ days })).toEqual({});
});

test("the same goes for hours", () => {
  expect(hoursOf({ hours: "72" })).toEqual({ hours: 72 });
  for (const hours of [24, 2, "x", undefined]) expect(hoursOf({ hours })).toEqual({});
});
