// Calls to the watch state: My List, what is waited for, what was begun, and the tracks chosen for it.

import { body, DELETE, GET, POST, PUT } from "./client";
import { Problem } from "./problems";
import type { ListItem, TrackChoice } from "./shapes";
import type { Unsent } from "./unsent";

/** As many of My List as come in one page. */
const PAGE = 100;

/** All of My List: every card asks whether its title is on it. It has a limit of its own. */
export async function myList(): Promise<ListItem[]> {
  const items: ListItem[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await body(GET("/api/v1/me/list", { params: { query: { limit: PAGE, cursor } } }));
    items.push(...page.items);
    if (!page.next_cursor) return items;
    cursor = page.next_cursor;
  }
}

export async function addToList(titleId: string): Promise<void> {
  try {
    await POST("/api/v1/me/list", { body: { title_id: titleId } });
  } catch (error) {
    // Another tab or device was quicker: the wish is fulfilled.
    if (!(error instanceof Problem && error.code === "already_in_list")) throw error;
  }
}

export async function removeFromList(titleId: string): Promise<void> {
  await DELETE("/api/v1/me/list/{title_id}", { params: { path: { title_id: titleId } } });
}

/** Everything this profile waits for, what has arrived first. */
export const reminders = async () => (await body(GET("/api/v1/me/reminders"))).items;

export async function remind(titleId: string): Promise<void> {
  try {
    await PUT("/api/v1/me/reminders/{title_id}", { params: { path: { title_id: titleId } } });
  } catch (error) {
    // It arrived meanwhile: there is nothing to wait for.
    if (!(error instanceof Problem && error.code === "already_here")) throw error;
  }
}

/** Wait no more, or take note that it is here. */
export async function endReminder(titleId: string): Promise<void> {
  await DELETE("/api/v1/me/reminders/{title_id}", { params: { path: { title_id: titleId } } });
}

/** Which of these titles have been seen to their end. */
export async function seenOf(titleIds: readonly string[]): Promise<Set<string>> {
  const query = { title_ids: titleIds.join(",") };
  const { items } = await body(GET("/api/v1/me/resume", { params: { query } }));
  return new Set(items.filter(({ completed }) => completed).map(({ title_id }) => title_id));
}

/** Take something begun off Continue watching; playing it again brings it back. */
export async function stopContinuing(playableId: string): Promise<void> {
  await DELETE("/api/v1/me/continue-watching/{playable_id}", {
    params: { path: { playable_id: playableId } },
  });
}

/** What this profile watched, a line for each day, the newest first. */
export const history = (cursor?: string) =>
  body(GET("/api/v1/me/history", { params: { query: { limit: 20, cursor } } }));

/** Neither history nor rows know of the title any more, until it is watched again. */
export async function hideFromHistory(titleId: string): Promise<void> {
  await DELETE("/api/v1/me/history/{title_id}", { params: { path: { title_id: titleId } } });
}

export async function clearHistory(): Promise<void> {
  await DELETE("/api/v1/me/history");
}

/** The audio and captions this profile chose for a title, on whatever device. */
export const tracks = (titleId: string) =>
  body(GET("/api/v1/me/tracks/{title_id}", { params: { path: { title_id: titleId } } }));

export const chooseTracks = (titleId: string, choice: TrackChoice) =>
  body(PUT("/api/v1/me/tracks/{title_id}", { params: { path: { title_id: titleId } }, body: choice }));

/** Places this device was at while nobody heard; of all places of a film the latest holds, wherever it was told. */
export const tellPlaces = (places: readonly Unsent[]) =>
  body(
    PUT("/api/v1/me/progress", {
      body: {
        sent_at: new Date().toISOString(),
        items: places.map(({ playableId, position, at }) => ({
          playable_id: playableId,
          position,
          occurred_at: new Date(at).toISOString(),
          device_seq: at,
        })),
      },
    }),
  );
