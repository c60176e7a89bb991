// Calls to playback: start, keep alive, stop, take over.
import { body, DELETE, POST } from "./client";
import type { Heartbeat, PlaySession } from "./shapes";
import { API, sendLast } from "./transport";

/** A start that hangs is taken back and sent anew. Milliseconds. */
const START_DEADLINE = 15_000;

/**
 * Start a play. `replaces` is a session of this sign-in that ends in the same decision; `key` names this start until its
 * answer has come.
 */
export const startSession = (
  playableId: string,
  replaces: string | null,
  key: string,
): Promise<PlaySession> =>
  body(
    POST("/api/v1/playback/sessions", {
      params: { header: { "Idempotency-Key": key } },
      body: { playable_id: playableId, ...(replaces ? { replaces } : {}) },
      signal: AbortSignal.timeout(START_DEADLINE),
    }),
  );

/** Take a start back whose answer has not come yet, sent so that it outlives the page. */
export function leaveStart(key: string): void {
  void sendLast("DELETE", `${API}/playback/sessions?key=${key}`);
}

/** Take a start back whose answer was lost, before another is sent: what it may have begun ends first. */
export const takeBack = (key: string) =>
  body(DELETE("/api/v1/playback/sessions", { params: { query: { key } } }));

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

/** End the session and keep the last position, sent so that it outlives the page. Whether it was heard. */
export function leave(sessionId: string, position: number): Promise<boolean> {
  return sendLast("DELETE", `${API}/playback/sessions/${sessionId}?position=${position.toFixed(3)}`);
}
