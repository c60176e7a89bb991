// What is asked of the search, as it stands in the address of its page.
import type { SearchFilters, TitleType } from "@/shared/api/shapes";

export const SORTS = ["relevance", "newest", "oldest", "rating", "popular"] as const;
export const TYPES = ["movie", "series"] as const;
export const RATINGS = [3, 4] as const;
export type Sort = (typeof SORTS)[number];

export interface Question {
  q?: string;
  genre?: string;
  /** From this year on, `year_to` included. */
  year?: number;
  year_to?: number;
  type?: TitleType;
  /** Stars, on average. */
  min_rating?: number;
  language?: string;
  sort?: Sort;
  /** How the words are meant: as what a title is called, or as a description of it. Left out, that is found out. */
  by?: "name" | "description";
  /** What was taken out of the reading of a description: see `reading.ts`. */
  without?: string;
}

export type Filter = "genre" | "decade" | "type" | "min_rating" | "language";

const LONGEST = 300;
const LONGEST_NAME = 200;
const LONGEST_WITHOUT = 2_000;
const FIRST_YEAR = 1870;
const LAST_YEAR = 2200;
const DECADE = 10;
/** From so many words on, they may be a sentence. */
const SENTENCE = 4;

/** Read an address. What makes no sense there is left out: somebody wrote it by hand. */
export function questionOf(address: Record<string, unknown>): Question {
  const words = text(address.q, LONGEST);
  const year = whole(address.year, FIRST_YEAR, LAST_YEAR);
  const yearTo = whole(address.year_to, FIRST_YEAR, LAST_YEAR);
  return known({
    q: words,
    genre: text(address.genre, 80),
    year,
    year_to: yearTo !== undefined && year !== undefined && yearTo < year ? undefined : yearTo,
    type: one(TYPES, address.type),
    min_rating: whole(address.min_rating, 1, 5),
    language: /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.exec(text(address.language, 35) ?? "")?.[0],
    sort: one(SORTS, address.sort),
    by: one(["name", "description"] as const, address.by),
    without: text(address.without, LONGEST_WITHOUT),
  });
}

/** What of it the search itself takes. */
export function filtersOf({ by: _by, without: _without, q, ...filters }: Question): SearchFilters {
  return known({ q: q?.slice(0, LONGEST_NAME), ...filters });
}

/** The question with other filters; a filter set to `undefined` is taken off. */
export function changed(question: Question, change: Partial<Question>): Question {
  return known({ ...question, ...change });
}

/** The same words without any filter. */
export function bare({ q, by }: Question): Question {
  return known({ q, by });
}

export function isFiltered(question: Question): boolean {
  const { q: _q, sort: _sort, ...filters } = filtersOf(question);
  return Object.keys(filters).length > 0;
}

export function isSentence(words: string): boolean {
  return words.split(/\s+/).filter(Boolean).length >= SENTENCE;
}

/** The first year of the decade that is asked for, where it is just one. */
export function decadeOf({ year, year_to }: Question): number | undefined {
  return year !== undefined && year % DECADE === 0 && year_to === year + DECADE - 1 ? year : undefined;
}

export function decade(first: number | undefined): Pick<Question, "year" | "year_to"> {
  return { year: first, year_to: first === undefined ? undefined : first + DECADE - 1 };
}

/** Words of one answer that a title is called by: then they are no description. */
export function names(words: string, name: string): boolean {
  const called = ` ${plain(name)} `;
  return plain(words)
    .split(" ")
    .every((word) => called.includes(` ${word}`));
}

function plain(words: string): string {
  return words
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function text(value: unknown, longest: number): string | undefined {
  return typeof value === "string" ? value.trim().slice(0, longest) || undefined : undefined;
}

function whole(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === "string" ? Number(value || Number.NaN) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
    ? number
    : undefined;
}

function one<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

/** Without the members that are not set: two questions that ask the same are the same. */
function known<T extends object>(from: T): T {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as T;
}
