import { expect, test } from "vitest";
import { periodOf } from "./period";

test("the address names a period only where it is one, and not the usual one", () => {
  expect(periodOf({ days: 7 })).toEqual({ days: 7 });
  expect(periodOf({ days: "45" })).toEqual({ days: 45 });
  for (const days of [28, 9, -7, "x", undefined, [7, 7]]) expect(periodOf({ days })).toEqual({});
});
