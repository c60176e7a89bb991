// The address of a genre, made of its name. In Latin letters it is the genre's id; other letters stay, and the catalogue knows whose
// they are.

const LONGEST = 80;
const INSIDE_WORDS = /[‘’ʹʻʼʽˈ´]/g;

export function genreSlug(name: string): string {
  const whole = name.replace(INSIDE_WORDS, "").toLowerCase();
  const plain = whole.normalize("NFKD").replace(/\p{M}/gu, "");
  const latin = !/[^\p{ASCII}]/u.test(plain.replace(/[^\p{L}\p{N}]/gu, ""));
  const slug = latin
    ? hyphened(plain, /[^a-z0-9]+/g)
    : hyphened(whole.normalize("NFC"), /[^\p{L}\p{M}\p{N}]+/gu);
  return slug.slice(0, LONGEST).replace(/-+$/, "");
}

function hyphened(words: string, between: RegExp): string {
  return words.replace(between, "-").replace(/^-+|-+$/g, "");
}
