import { expect, it } from "vitest";
import type { Chip } from "@/shared/api/shapes";
import { isOr, left, nameOf, span, withoutAlso } from "./reading";

const chip = (kind: Chip["kind"], value: string, negated = false): Chip => ({
  kind,
  value,
  negated,
  label: "",
});
const CHIPS = [
  chip("genre", "comedy"),
  chip("genre", "horror", true),
  chip("text", "robot | dog"),
  chip("decade", "1990"),
];

it("takes out one chip after the other", () => {
  let without: string | undefined;
  for (const [gone, one] of CHIPS.entries()) {
    expect(left(CHIPS, without)).toEqual(CHIPS.slice(gone));
    without = withoutAlso(without, one);
  }
  expect(left(CHIPS, without)).toEqual([]);
});

it("tells what is wanted from what is not", () => {
  expect(left(CHIPS, nameOf(chip("genre", "comedy", true)))).toEqual(CHIPS);
  expect(left(CHIPS, nameOf(chip("genre", "horror", true)))).toHaveLength(3);
});

it("reads what lies between two numbers, and what is open on one side", () => {
  expect(span("90-120", { alone: "high" })).toEqual([90, 120]);
  expect(span("120-", { alone: "high" })).toEqual([120, null]);
  expect(span("120", { alone: "high" })).toEqual([null, 120]);
  expect(span("-1999", { alone: "both" })).toEqual([null, 1999]);
  expect(span("2015", { alone: "both" })).toEqual([2015, 2015]);
});

it("joins by or what the search says are choices of one", () => {
  const said = (...choices: Chip["one_of"][]) => {
    const chips = choices.map((one_of) => ({ ...chip("year", "1990"), one_of }));
    return chips.map((_, at) => isOr(chips, at));
  };
  expect(said("year", null, "year", "type")).toEqual([false, false, true, false]);
  expect(said(null, null, undefined)).toEqual([false, false, false]);
});
