import { describe, expect, it } from "vitest";
import { excerpt, parts } from "./spans";

const fitting = (text: string, ...spans: [number, number][]) =>
  parts(
    text,
    spans.map(([start, end]) => ({ start, end })),
  )
    .map((part) => (part.fits ? `[${part.text}]` : part.text))
    .join("");

describe("the places that fit", () => {
  it("are cut out of the text", () => {
    expect(fitting("The Ninth Flash", [4, 9])).toBe("The [Ninth] Flash");
    expect(fitting("Salt", [0, 4])).toBe("[Salt]");
    expect(fitting("Salt")).toBe("Salt");
  });

  it("are counted in whole characters", () => {
    expect(fitting("🤖🌧 Rain", [3, 7])).toBe("🤖🌧 [Rain]");
  });

  it("never lose or double a letter, whatever the spans are", () => {
    const text = "Salt and Light";
    for (const spans of [
      [9, 99],
      [5, 2],
      [-4, 3],
      [20, 30],
    ] as [number, number][])
      expect(
        parts(text, [{ start: spans[0], end: spans[1] }])
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    expect(fitting(text, [0, 8], [5, 14])).toBe("[Salt and][ Light]");
  });
});

describe("an excerpt", () => {
  const long = `${"A quiet evening by the sea. ".repeat(4)}Then the lighthouse blinks.`;
  const start = long.indexOf("lighthouse");

  it("begins before what fits", () => {
    const found = excerpt(long, [{ start, end: start + 10 }], 60);
    expect(found.text.length).toBeLessThan(60);
    expect(
      fitting(found.text, ...found.spans.map(({ start, end }): [number, number] => [start, end])),
    ).toMatch(/^….+ \[lighthouse\] blinks\.$/);
  });

  it("is the text where that is short, or fits at its beginning", () => {
    expect(excerpt("Salt", [{ start: 0, end: 4 }], 60).text).toBe("Salt");
    expect(excerpt(long, [{ start: 2, end: 7 }], 60).text).toBe(long);
  });
});
