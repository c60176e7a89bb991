// What a profile said of titles: by thumb, by stars that lean to one, or as not wanted.
import type { KnownTaste } from "@/shared/api/shapes";

export type Verdict = "up" | "down" | "not_interested";

/** Stars given elsewhere count as the thumb they lean to; three lean nowhere. */
const MIDDLE = 3;
export const STARS = { up: 5, down: 1 } as const;

export function leaning(stars: number | null | undefined): "up" | "down" | null {
  return stars == null || stars === MIDDLE ? null : stars > MIDDLE ? "up" : "down";
}

export function verdicts(known: KnownTaste): ReadonlyMap<string, Verdict> {
  const rated = (known.rated ?? []).flatMap(({ title_id, stars }) => {
    const verdict = leaning(stars);
    return verdict ? [[title_id, verdict] as const] : [];
  });
  return new Map<string, Verdict>([
    ...rated,
    ...known.said.map(({ title_id, verdict }) => [title_id, verdict] as const),
  ]);
}

/** What is known once this was said. */
export function changed(
  known: KnownTaste,
  titleId: string,
  title: string,
  verdict: Verdict | null,
): KnownTaste {
  const others = <T extends { title_id: string }>(all: readonly T[] | undefined) =>
    (all ?? []).filter(({ title_id }) => title_id !== titleId);
  // That it is wanted again takes no stars away: they were given before, and stand.
  if (verdict === null && unwanted(known, titleId)) return { ...known, said: others(known.said) };
  if (verdict === "not_interested")
    return { ...known, said: [{ title_id: titleId, title, verdict }, ...others(known.said)] };
  const rated = verdict ? [{ title_id: titleId, title, stars: STARS[verdict] }] : [];
  return { ...known, said: others(known.said), rated: [...rated, ...others(known.rated)] };
}

export function unwanted(known: KnownTaste, titleId: string): boolean {
  return known.said.some(({ title_id, verdict }) => title_id === titleId && verdict === "not_interested");
}

/** What is known, but of one title what was known `before`: of the others more may have been said meanwhile. */
export function restored(known: KnownTaste, before: KnownTaste, titleId: string): KnownTaste {
  const of = <T extends { title_id: string }>(now: readonly T[] = [], then: readonly T[] = []) => [
    ...then.filter(({ title_id }) => title_id === titleId),
    ...now.filter(({ title_id }) => title_id !== titleId),
  ];
  return { ...known, said: of(known.said, before.said), rated: of(known.rated, before.rated) };
}
