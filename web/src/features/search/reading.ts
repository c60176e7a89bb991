// What was taken out of the reading of a sentence, as the address keeps it.
import type { Chip } from "@/shared/api/shapes";

const BETWEEN = "|";

/** One chip as a word of the address: what is asked for and what is asked to be left out are two things. */
export function nameOf({ kind, value, negated }: Chip): string {
  return `${negated ? "-" : ""}${kind}:${value}`.replaceAll(BETWEEN, " ");
}

/** Those that are still asked for. */
export function left(chips: readonly Chip[], without: string | undefined): Chip[] {
  const gone = new Set(without?.split(BETWEEN));
  return chips.filter((chip) => !gone.has(nameOf(chip)));
}

/** From and up to, of a chip's value: 90-120, 120-, -1999; a number `alone` is the most there may be, or the only one. */
export function span(value: string, { alone }: { alone: "high" | "both" }): [number | null, number | null] {
  const [low, high] = value.split("-").map((each) => (each === "" ? null : Number(each)));
  if (high !== undefined) return [low ?? null, high];
  return [alone === "both" ? (low ?? null) : null, low ?? null];
}

/** Whether a chip is wanted instead of one before it. */
export function isOr(chips: readonly Chip[], at: number): boolean {
  const choice = chips[at]?.one_of;
  return choice != null && chips.slice(0, at).some(({ one_of }) => one_of === choice);
}

/** The address after one more has been taken out. */
export function withoutAlso(without: string | undefined, chip: Chip): string {
  return [...(without ? without.split(BETWEEN) : []), nameOf(chip)].join(BETWEEN);
}
