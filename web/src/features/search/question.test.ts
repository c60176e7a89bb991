import { describe, expect, it } from "vitest";
import { parseSearch, stringifySearch } from "@/shared/lib/search-params";
import {
  bare,
  changed,
  decade,
  decadeOf,
  filtersOf,
  isFiltered,
  isSentence,
  names,
  questionOf,
} from "./question";

describe("a question in an address", () => {
  it("comes back as it was asked", () => {
    const question = questionOf({
      q: " 2012 ",
      genre: "drama",
      year: "1990",
      year_to: "1999",
      type: "movie",
      min_rating: "4",
      language: "pt-BR",
      sort: "newest",
      by: "name",
      without: "genre:comedy",
    });
    expect(question).toEqual({
      q: "2012",
      genre: "drama",
      year: 1990,
      year_to: 1999,
      type: "movie",
      min_rating: 4,
      language: "pt-BR",
      sort: "newest",
      by: "name",
      without: "genre:comedy",
    });
    expect(questionOf(parseSearch(stringifySearch({ ...question })))).toEqual(question);
  });

  it("leaves out what makes no sense", () => {
    const nonsense = {
      year: "soon",
      year_to: "99999",
      type: "opera",
      min_rating: "11",
      sort: "best",
      by: "me",
    };
    expect(questionOf({ q: "  ", genre: "", language: "<b>", ...nonsense })).toEqual({});
    expect(questionOf({ year: "", q: ["a"], min_rating: "3.5" })).toEqual({});
    expect(questionOf({ year: "1999", year_to: "1990" })).toEqual({ year: 1999 });
  });

  it("is no longer than the search takes", () => {
    const long = "salt ".repeat(100);
    expect(filtersOf(questionOf({ q: long })).q).toHaveLength(200);
    expect(questionOf({ q: long }).q?.length).toBeLessThanOrEqual(300);
  });
});

describe("filters", () => {
  const question = questionOf({ q: "salt", genre: "drama", sort: "newest", without: "x" });

  it("are what is asked beside words and order", () => {
    expect(isFiltered(question)).toBe(true);
    expect(isFiltered(changed(question, { genre: undefined }))).toBe(false);
    expect(filtersOf(question)).toEqual({ q: "salt", genre: "drama", sort: "newest" });
  });

  it("are taken off without a trace, so that the answer is known again", () => {
    expect(Object.keys(changed(question, { genre: undefined }))).toEqual(["q", "sort", "without"]);
    expect(bare(question)).toEqual({ q: "salt" });
  });

  it("know a decade by its years", () => {
    expect(decade(1990)).toEqual({ year: 1990, year_to: 1999 });
    expect(decadeOf(decade(1990))).toBe(1990);
    expect(decadeOf({ year: 1990 })).toBeUndefined();
    expect(decadeOf({ year: 1991, year_to: 2000 })).toBeUndefined();
    expect(decade(undefined)).toEqual({ year: undefined, year_to: undefined });
  });
});

describe("a sentence", () => {
  it("has four words", () => {
    expect(isSentence("something funny with robots")).toBe(true);
    expect(isSentence("  the   ninth flash ")).toBe(false);
  });

  it("is a name where a title is called by it", () => {
    expect(names("the man who knew", "The Man Who Knew Too Much")).toBe(true);
    expect(names("dejà vu encore une", "Déjà vu, encore une fois")).toBe(true);
    expect(names("something funny with robots", "Robots")).toBe(false);
  });
});
