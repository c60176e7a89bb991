// Calls to events: what happened in the app.
import type { Agreed, Queued } from "@/shared/events/kinds";
import { session } from "@/shared/session/auth";
import { body, GET, POST } from "./client";
import { API, isOf, transportAs } from "./transport";

const VERSION = "0.1.0";
/** What a browser sends for a page that is gone, at most. Bytes. */
const LAST_WORDS = 60_000;

/** Judged as a batch: what is refused of it is refused for ever. Told as this profile, or not at all. */
export const tellEvents = (profileId: string, events: Queued["said"][], consents: readonly Agreed[]) =>
  body(POST("/api/v1/events", { body: batch(events, consents), fetch: transportAs(profileId) }));

/** Sent after the page is gone, the newest first to fit; the token travels in front, for there are no headers. */
export function tellEventsLast(
  profileId: string,
  events: readonly Queued["said"][],
  consents: readonly Agreed[],
): void {
  const token = session.accessNow();
  if (token === null || !isOf(token, profileId)) return;
  let last = [...events];
  let text = "";
  for (; last.length > 0; last = last.slice(Math.ceil(last.length / 2))) {
    text = `${token}\n${JSON.stringify(batch(last, consents))}`;
    if (text.length < LAST_WORDS) break;
  }
  if (last.length > 0) navigator.sendBeacon?.(`${API}/events`, new Blob([text], { type: "text/plain" }));
}

export const assignments = () =>
  body(
    GET("/api/v1/experiments/assignments", { params: { query: { device: "web", app_version: VERSION } } }),
  );

function batch(events: readonly Queued["said"][], consents: readonly Agreed[]) {
  return {
    sent_at: new Date().toISOString(),
    app: "web",
    app_version: VERSION,
    consents: [...consents],
    events: [...events],
  };
}
