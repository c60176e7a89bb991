// The address of a genre, made of its name as the catalogue makes it.

const LONGEST = 80;

export function genreSlug(name: string): string {
  const plain = hyphened(
    name
      .normalize("NFKD")
      .replace(/[^\p{ASCII}]/gu, "")
      .toLowerCase(),
    /[^a-z0-9]+/g,
  );
  return plain.slice(0, LONGEST).replace(/-+$/, "") || hyphened(name.toLowerCase(), /[^\p{L}\p{N}_]+/gu);
}

function hyphened(words: string, between: RegExp): string {
  return words.replace(between, "-").replace(/^-+|-+$/g, "");
}
