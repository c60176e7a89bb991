import { expect, test } from "vitest";
import type { Home, Row, RowItem } from "@/shared/api/shapes";
import { steady, titlesOn, without } from "./steady";

const item = (id: string): RowItem => ({ title_id: id, name: id, type: "movie", playable_id: `play-${id}` });
const row = (id: string, titles: string, kind: Row["kind"] = "genre"): Row => ({
  id,
  kind,
  name: id,
  impression_id: "i",
  items: [...titles].map(item),
});
const page = (rows: Row[], hero?: string): Home => ({
  hero: hero ? { title: { ...item(hero), id: hero } } : null,
  rows,
});
const told = ({ rows }: Home) =>
  rows.map(({ id, items }) => `${id}:${items.map(({ title_id }) => title_id).join("")}`);

test("new titles and rows stand after those on screen", () => {
  const shown = page([row("new", "cba"), row("drama", "ab")], "c");
  const next = page([row("mystery", "de"), row("new", "edcba"), row("drama", "abd")], "e");
  expect(told(steady(shown, next))).toEqual(["new:cbaed", "drama:abd", "mystery:de"]);
});

test("the ten most watched stand in the order of now", () => {
  const shown = page([row("top10", "abc", "top10"), row("drama", "ab")]);
  const next = page([row("top10", "cad", "top10"), row("drama", "ba")]);
  expect(told(steady(shown, next))).toEqual(["top10:cad", "drama:ab"]);
});

test("the picture at the top stays", () => {
  expect(steady(page([], "c"), page([], "e")).hero?.title.title_id).toBe("c");
  expect(steady(page([]), page([], "e")).hero?.title.title_id).toBe("e");
});

test("what has left the programme goes", () => {
  const shown = page([row("new", "abc"), row("drama", "ab")]);
  expect(told(steady(shown, page([row("new", "ca")])))).toEqual(["new:ac"]);
});

test("the first page is taken as it is", () => {
  const next = page([row("new", "ba")]);
  expect(steady(undefined, next)).toBe(next);
});

test("titles are counted once", () => {
  expect(titlesOn(page([row("new", "abc"), row("drama", "bc")]))).toBe(3);
});

test("a viewing is taken off its own row alone", () => {
  const shown = page([row("continue", "ab", "continue_watching"), row("new", "ab")]);
  expect(told(without(shown, "play-a"))).toEqual(["continue:b", "new:ab"]);
});

test("a row with another poster is shown anew", () => {
  const drawn = (impression_id: string, name: string): Row => ({
    ...row("new", ""),
    impression_id,
    items: [{ ...item("a"), picture: { name, chance: 0.5, context: "" } }],
  });
  const made = (name: string) =>
    steady(page([drawn("i", "poster")]), page([drawn("j", name)])).rows[0]?.impression_id;
  expect([made("poster"), made("poster_2")]).toEqual(["i", "j"]);
});

test("a row that stands as it stood is not shown anew", () => {
  const again = (titles: string): Row => ({ ...row("new", titles), impression_id: "j" });
  const shown = page([row("new", "abc")]);
  const made = (titles: string) => steady(shown, page([again(titles)])).rows[0]?.impression_id;
  expect([made("cba"), made("abcd"), made("ab")]).toEqual(["i", "j", "j"]);
});
