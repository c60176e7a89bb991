// Calls to playback: start, keep alive, stop, take over.
import { body, POST } from "./client";
import type { Heartbeat, PlaySession } from "./shapes";
import { API, sendLast } from "./transport";

/** Start a play. `replaces` is a session of this sign-in that ends in the same decision. */
export const startSession = (playableId: string, replaces: string | null): Promise<PlaySession> =>
  body(
    POST("/api/v1/playback/sessions", {
      body: { playable_id: playableId, ...(replaces ? { replaces } : {}) },
    }),
  );

/** Stop the stream the takeover names and start this one. `href` comes from the 409 that refused us. */
export function takeOver(href: string): Promise<PlaySession> {
  const token = href.slice(href.lastIndexOf("/") + 1);
  return body(POST("/api/v1/playback/takeovers/{token}", { params: { path: { token } } }));
}

/** A beat that hangs would hold up all that follow it. Milliseconds. */
const BEAT_DEADLINE = 8_000;

export const heartbeat = (sessionId: string, beat: Heartbeat) =>
  body(
    POST("/api/v1/playback/sessions/{session_id}/heartbeat", {
      params: { path: { session_id: sessionId } },
      body: beat,
      signal: AbortSignal.timeout(BEAT_DEADLINE),
    }),
  );

/** End the session and keep the last position, sent so that it outlives the page. */
export function leave(sessionId: string, position: number): void {
  sendLast("DELETE", `${API}/playback/sessions/${sessionId}?position=${position.toFixed(3)}`);
}
