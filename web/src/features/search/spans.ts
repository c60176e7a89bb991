// A text cut at the places in it that fit what was searched for.

export interface Span {
  start: number;
  /** Without the character at `end`. In code points, as the search counts. */
  end: number;
}

export interface Part {
  text: string;
  fits: boolean;
}

/** Together the parts are the text, whatever the spans say. */
export function parts(text: string, spans: readonly Span[]): Part[] {
  const letters = [...text];
  const found: Part[] = [];
  let at = 0;
  const take = (to: number, fits: boolean) => {
    const end = Math.min(to, letters.length);
    if (end > at) found.push({ text: letters.slice(at, end).join(""), fits });
    at = Math.max(at, end);
  };
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    take(start, false);
    take(end, true);
  }
  take(letters.length, false);
  return found;
}

/** Part of a long text around the first place that fits, cut between words; the text itself where it is short. */
export function excerpt(
  text: string,
  spans: readonly Span[],
  length: number,
): { text: string; spans: Span[] } {
  const letters = [...text];
  const first = spans[0]?.start ?? 0;
  if (letters.length <= length || first < length / 2) return { text, spans: [...spans] };
  const from = letters.indexOf(" ", Math.max(0, first - Math.floor(length / 3))) + 1;
  const start = from > first ? first : from;
  const moved = spans
    .filter((span) => span.start >= start)
    .map((span) => ({ start: span.start - start + 1, end: span.end - start + 1 }));
  return { text: `…${letters.slice(start).join("")}`, spans: moved };
}
