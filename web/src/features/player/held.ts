// The session this tab holds, so that its next start can take its place: no one stands in their own way.
import { tab } from "@/shared/lib/storage";

const KEY = "bijou.playing";

let held: string | null | undefined;

/** Only a reload finds what the page before it held: a duplicated tab must not end the film of the first. */
function left(): string | null {
  const [entry] = performance.getEntriesByType("navigation");
  const returned = (entry as PerformanceNavigationTiming | undefined)?.type;
  return returned === "reload" || returned === "back_forward" ? tab.getItem(KEY) : null;
}

/** The last session begun in this tab and not known to have ended. */
export function heldSession(): string | null {
  if (held === undefined) held = left();
  return held;
}

export function hold(sessionId: string): void {
  held = sessionId;
  tab.setItem(KEY, sessionId);
}

/** The server ended `sessionId` itself. */
export function lose(sessionId: string): void {
  if (heldSession() !== sessionId) return;
  held = null;
  tab.removeItem(KEY);
}
