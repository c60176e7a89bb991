// Every language says everything that English says, with the same things filled in.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";

type Texts = Record<string, string>;
const LANGUAGES: [string, Texts][] = [
  ["en", flat(en)],
  ["de", flat(de)],
];
const OTHERS = LANGUAGES.filter(([code]) => code !== "en");
/** What German and English spell alike. */
const ALIKE =
  /^(app.homeLink|browse.genres|common.deviceUnknown.browser|genres.(action|animation|anime|drama|fantasy|horror|independent|lgbtq|musical|mystery|reality|sport|thriller|western)|player.key..*.press|player.normal|plans.with|profiles.name|profiles.pin|search.genre|title.extraKind.(trailer|teaser)|staff.audience.kinds.(web|tablet|cast))$/;

function flat(texts: object, under = ""): Texts {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) =>
      typeof text === "string"
        ? [[under + key, text]]
        : Object.entries(flat(text as object, `${under}${key}.`)),
    ),
  );
}

/** Keys without the form of their plural; the services say problems in English themselves. */
function keys(texts: Texts): string[] {
  const names = Object.keys(texts).filter((key) => !key.startsWith("problems."));
  return [...new Set(names.map((key) => key.replace(/_(zero|one|two|few|many|other)$/, "_")))].sort();
}

function filledIn(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([^},\s]+)/g)].map(([, name]) => name ?? "").sort();
}

describe.each(OTHERS)("%s", (_, texts) => {
  it("says what English says", () => {
    expect(keys(texts)).toEqual(keys(flat(en)));
  });

  it("has the same things filled in", () => {
    const english = flat(en);
    for (const [key, text] of Object.entries(texts))
      if (key in english) expect([key, filledIn(text)]).toEqual([key, filledIn(english[key] ?? "")]);
  });

  it("is not English", () => {
    const same = Object.entries(texts).filter(([key, text]) => text === flat(en)[key] && !ALIKE.test(key));
    expect(same).toEqual([]);
  });

  it("has a text for every problem of the services", () => {
    const codes = [...readFileSync("src/shared/api/problem-codes.ts", "utf8").matchAll(/\| "(\w+)"/g)];
    expect(codes.length).toBeGreaterThan(100);
    expect(codes.map(([, code]) => code).filter((code) => !(`problems.${code}` in texts))).toEqual([]);
  });
});

it.each(LANGUAGES)("%s has every form of its plurals", (code, texts) => {
  const forms = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
  const plurals = Object.keys(texts).filter((key) => key.endsWith("_other"));
  expect(plurals.length).toBeGreaterThan(5);
  for (const key of plurals)
    for (const form of forms) expect(texts).toHaveProperty([key.replace(/other$/, form)]);
});

it.each(LANGUAGES)("%s leaves no text empty or untidy", (_, texts) => {
  const untidy = Object.entries(texts).filter(([, text]) => text.trim() !== text || /^$| {2}|"/.test(text));
  expect(untidy).toEqual([]);
});
