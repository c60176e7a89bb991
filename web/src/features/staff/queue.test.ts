import { expect, test } from "vitest";
import { queueOf } from "./queue";

test("an address says which reviews and which page, and what means nothing is left out", () => {
  expect(queueOf({ state: "removed", page: "3" })).toEqual({ state: "removed", page: 3 });
  expect(queueOf({ state: "held", page: 1 })).toEqual({});
  for (const page of ["-1", "1.5", "x", Number.POSITIVE_INFINITY, 100_001, undefined])
    expect(queueOf({ state: "gone", page })).toEqual({});
});
