// Calls to recommendation: why a title is shown, what a profile likes, and forgetting that.
import { body, DELETE, GET, PUT } from "./client";

const of = (id: string) => ({ params: { path: { title_id: id } } });

export const why = (id: string) => body(GET("/api/v1/recommendations/titles/{title_id}/why", of(id)));

export const taste = () => body(GET("/api/v1/me/taste"));

export const resetTaste = () => body(DELETE("/api/v1/me/taste"));

/** Well-known titles of many kinds, for a profile of which nothing is known to pick from. */
export const starters = async () => (await body(GET("/api/v1/recommendations/starters"))).title_ids;

/** What a profile says of a title, apart from rating it; null takes it back. */
export async function say(id: string, verdict: "up" | "down" | "not_interested" | null): Promise<void> {
  if (verdict) await body(PUT("/api/v1/me/taste/titles/{title_id}", { ...of(id), body: { verdict } }));
  else await body(DELETE("/api/v1/me/taste/titles/{title_id}", of(id)));
}
