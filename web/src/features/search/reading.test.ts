import { expect, it } from "vitest";
import type { Chip } from "@/shared/api/shapes";
import { left, nameOf, withoutAlso } from "./reading";

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
