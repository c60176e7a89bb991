// Calls to the catalogue and to the pages the gateway composes from it.
import { body, GET } from "./client";

const of = (id: string) => ({ params: { path: { title_id: id } } });

export const home = () => body(GET("/api/v1/home"));

export const title = (id: string) => body(GET("/api/v1/titles/{title_id}", of(id)));

export const similar = async (id: string) =>
  (await body(GET("/api/v1/titles/{title_id}/similar", of(id)))).items;

export const seasons = async (id: string) =>
  (await body(GET("/api/v1/titles/{title_id}/seasons", of(id)))).items;

export async function episodes(id: string, season: number) {
  const path = { title_id: id, number: season };
  return (await body(GET("/api/v1/titles/{title_id}/seasons/{number}/episodes", { params: { path } }))).items;
}
