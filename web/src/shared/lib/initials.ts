// The letters that stand for a name.

/** The first of the first word and of the last; whole letters in every script. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => firstLetter(word ?? ""))
    .join("")
    .toLocaleUpperCase();
}

function firstLetter(word: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(
    word.replace(/^[^\p{L}\p{N}]+/u, ""),
  );
  return first?.segment ?? "";
}
