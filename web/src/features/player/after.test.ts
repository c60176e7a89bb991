import { describe, expect, it } from "vitest";
import type { Home, RowItem } from "@/shared/api/shapes";
import { candidates, type Offer, offers } from "./after";

const card = (id: string, availability = "playable") => ({ title_id: id, name: id, availability }) as RowItem;
const row = (kind: string, ...ids: string[]) => ({ kind, items: ids.map((id) => card(id)) });
const home = { rows: [row("new", "n1", "begun", "self"), row("continue_watching", "begun", "self")] };
const ids = (found: Offer[]) => found.map(({ title_id }) => title_id);

describe("candidates", () => {
  it("puts what is alike first, then what was begun, then the first page, each once", () => {
    const found = candidates("self", [card("like"), card("n1")], home as unknown as Home);
    expect(ids(found)).toEqual(["like", "n1", "begun"]);
  });

  it("leaves out what is only announced", () => {
    expect(ids(candidates("self", [card("listed", "listed"), card("a")], undefined))).toEqual(["a"]);
  });

  it("never offers what was just seen", () => {
    expect(ids(candidates("self", [card("self"), card("a")], undefined))).toEqual(["a"]);
  });
});

describe("offers", () => {
  const from = ["a", "b", "c", "d", "e"].map((id) => card(id));

  it("are three", () => {
    expect(ids(offers(from, new Set()))).toEqual(["a", "b", "c"]);
    expect(offers([], new Set())).toEqual([]);
  });

  it("leave out what was seen to its end, as long as there is something else", () => {
    expect(ids(offers(from, new Set(["a", "c"])))).toEqual(["b", "d", "e"]);
    expect(ids(offers(from.slice(0, 3), new Set(["a", "c"])))).toEqual(["b", "a", "c"]);
  });
});
