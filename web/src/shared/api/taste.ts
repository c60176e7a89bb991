// Calls to recommendation: why a title is shown, what a profile likes, and forgetting that.
import { body, DELETE, GET, PUT } from "./client";

const of = (id: string) => ({ params: { path: { title_id: id } } });

export const why = (id: string) => body(GET("/api/v1/recommendations/titles/{title_id}/why", of(id)));

export const taste = () => body(GET("/api/v1/me/taste"));

export const resetTaste = () => body(DELETE("/api/v1/me/taste"));

/** A title that is not wanted is recommended no more; false takes that back. */
export async function notInterested(id: string, wanted: boolean): Promise<void> {
  if (wanted)
    await body(PUT("/api/v1/me/taste/titles/{title_id}", { ...of(id), body: { verdict: "not_interested" } }));
  else await body(DELETE("/api/v1/me/taste/titles/{title_id}", of(id)));
}
