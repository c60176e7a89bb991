import { expect, it } from "vitest";
import { genreSlug } from "./genre-slug";

it.each([
  ["Science Fiction", "science-fiction"],
  ["Comédie & Drame", "comedie-drame"],
  [" Stand-Up! ", "stand-up"],
  ["ホラー", "ホラー"],
  ["Русский ёжик", "русский-ёжик"],
  ["K-драма", "k-драма"],
  ["Spaß & Ærø", "spaß-ærø"],
  ["Kids’ TV", "kids-tv"],
  ["!!!", ""],
  [`${"long ".repeat(30)}`, "long-".repeat(16).slice(0, 79)],
])("%s", (name, slug) => {
  expect(genreSlug(name)).toBe(slug);
});
