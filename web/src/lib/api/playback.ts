// Calls to playback: start, keep alive, stop, take over.
import type { Heartbeat, PlaySession } from "@/lib/api-shapes";
import { API, call, sendLast } from "./transport";

const path = (sessionId: string) => `/playback/sessions/${sessionId}`;

export const startSession = (playableId: string) =>
  call<PlaySession>("POST", "/playback/sessions", { body: { playable_id: playableId } });

/** Stop the stream the takeover names and start this one. `href` comes from the 409 that refused us. */
export const takeOver = (href: string) => call<PlaySession>("POST", href);

export const heartbeat = (sessionId: string, body: Heartbeat, signal?: AbortSignal) =>
  call<{ expires_at: string; grant?: string | null }>("POST", `${path(sessionId)}/heartbeat`, {
    body,
    signal,
  });

/** End the session and keep the last position, sent so that it outlives the page. */
export function leave(sessionId: string, position: number): void {
  sendLast("DELETE", `${API}${path(sessionId)}?position=${position.toFixed(3)}`);
}
