// The colours of both looks: what is written can be read on whatever it is written on (WCAG 2.2, 1.4.3 and 1.4.6).
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const css = readFileSync(new URL("../src/styles.css", import.meta.url), "utf8");
const LOOKS = { all: "@theme {", kids: ':root[data-audience="kids"] {' };
const COLOUR = /--color-([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/g;

/** Colours by name, as their relative luminance. */
function coloursOf(block: string): Record<string, number> {
  const from = css.indexOf(block);
  const text = css.slice(from, css.indexOf("font-size", from));
  return Object.fromEntries(
    [...text.matchAll(COLOUR)].map(([, name, light, chroma, hue]) => [
      name,
      luminance(Number(light) / 100, Number(chroma), (Number(hue) * Math.PI) / 180),
    ]),
  );
}

/** Of OKLCH, by Björn Ottosson's matrices: https://bottosson.github.io/posts/oklab */
function luminance(light: number, chroma: number, hue: number): number {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const [red, green, blue] = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (one = 0, other = 0) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

it.each(["all", "kids"] as const)("can be read: %s", (look) => {
  const colours = { ...coloursOf(LOOKS.all), ...coloursOf(LOOKS[look]) };
  for (const page of ["curtain", "velvet", "plush"]) {
    expect(contrast(colours.ivory, colours[page]), `ivory on ${page}`).toBeGreaterThan(7);
    for (const text of ["dust", "ruby-text", "brass", "mint", "amber"])
      expect(contrast(colours[text], colours[page]), `${text} on ${page}`).toBeGreaterThan(4.5);
  }
});

it("gives children a page of their own", () => {
  const kids = coloursOf(LOOKS.kids);
  expect(Object.keys(kids)).toEqual(expect.arrayContaining(["curtain", "velvet", "plush", "seam"]));
  expect(kids.curtain).not.toBe(coloursOf(LOOKS.all).curtain);
});
