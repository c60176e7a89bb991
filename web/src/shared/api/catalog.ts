// Calls to the catalogue and to the pages the gateway composes from it.
import { body, DELETE, GET, PUT } from "./client";
import * as finished from "./finished";
import type { TitleType } from "./shapes";

const of = (id: string) => ({ params: { path: { title_id: id } } });

export const home = async () => finished.ofHome(await body(GET("/api/v1/home")));

/** What editors put together, with what this profile may see of it. */
export const collection = (id: string) =>
  body(GET("/api/v1/collections/{collection_id}", { params: { path: { collection_id: id } } }));

export const title = async (id: string) =>
  finished.ofTitle(await body(GET("/api/v1/titles/{title_id}", of(id))));

/** The id of the title whose page has this slug, or had it before. */
export const titleOfSlug = async (slug: string) =>
  (await body(GET("/api/v1/titles/by-slug/{slug}", { params: { path: { slug } } }))).id;

/** With which answer of the recommendations it is, and by which model. */
export const similar = (id: string) => body(GET("/api/v1/titles/{title_id}/similar", of(id)));

/** The cards of titles, as this viewer may see them: in their language, and without those that are hidden. */
export const cards = async (ids: readonly string[]) =>
  ids.length === 0
    ? []
    : (await body(GET("/api/v1/titles/cards", { params: { query: { ids: ids.join(",") } } }))).items;

export const seasons = async (id: string) =>
  (await body(GET("/api/v1/titles/{title_id}/seasons", of(id)))).items;

export async function episodes(id: string, season: number) {
  const path = { title_id: id, number: season };
  const { items } = await body(
    GET("/api/v1/titles/{title_id}/seasons/{number}/episodes", { params: { path } }),
  );
  return finished.ofEpisodes(items);
}

export const genres = async () => (await body(GET("/api/v1/genres"))).items;

export type TitleSort = "newest" | "oldest" | "name" | "year";

/** A page of the titles of a genre; of all titles where none is given. */
export const titles = (
  asked: {
    genre?: string;
    type?: TitleType;
    sort?: TitleSort;
    availability?: "playable" | "listed";
    limit?: number;
  },
  cursor: string | null,
) => body(GET("/api/v1/titles", { params: { query: { ...asked, cursor } } }));

/** So many that they show what there is. */
const NEWEST = 100;

/** What can be played; of a house that has only announced its films, those. */
export async function newest() {
  const { items } = await titles({ limit: NEWEST, availability: "playable" }, null);
  return items.length > 0 ? items : (await titles({ limit: NEWEST }, null)).items;
}

export const person = (id: string) =>
  body(GET("/api/v1/people/{person_id}", { params: { path: { person_id: id } } }));

/** Give a title so many stars, 1 to 5; null takes the rating back. */
export const rate = (id: string, stars: number | null) =>
  stars === null
    ? body(DELETE("/api/v1/titles/{title_id}/rating", of(id)))
    : body(PUT("/api/v1/titles/{title_id}/rating", { ...of(id), body: { stars } }));
