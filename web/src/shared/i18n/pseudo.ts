// English turned round and a third longer, to see what a language from right to left does to a layout.
type Tree = { readonly [key: string]: string | Tree };

const RIGHT_TO_LEFT = "‮";
const END = "‬";

/** Each word runs backwards; what is filled in stays as it is. */
export function turned(texts: Tree): Tree {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, typeof text === "string" ? turn(text) : turned(text)]),
  );
}

function turn(text: string): string {
  return text
    .split(/(\{\{[^}]*\}\}|\s+)/)
    .map((part) => (/^\s*$|^\{\{/.test(part) ? part : RIGHT_TO_LEFT + longer(part) + END))
    .join("");
}

function longer(word: string): string {
  return word + word.slice(-Math.ceil(word.length / 3));
}
