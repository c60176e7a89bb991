// The one session of this tab, wired to the browser: storage, locks and the channel to the other tabs.
import { useSyncExternalStore } from "react";
import { asProblem, problemOf } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { device } from "@/shared/lib/storage";
import { inTurn, Session, type SessionView, type TabMessage, type TokenAnswer } from "./session";

const channel = joined();

/** Every request of every tab waits for this one: it may not hang. Milliseconds. */
const RENEW_DEADLINE = 10_000;

/** The way to the other tabs. Blocked storage refuses it, and then no tab has what another could use. */
function joined(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel("bijou.session");
  } catch {
    return undefined;
  }
}

async function renew(refreshToken: string): Promise<TokenAnswer> {
  const response = await fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: refreshToken }),
    signal: AbortSignal.timeout(RENEW_DEADLINE),
  }).catch((error: unknown) => {
    void reach.look();
    throw asProblem(error);
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as TokenAnswer;
}

export const session = new Session({
  storage: device,
  renew,
  exclusively: (work) => inTurn(work, navigator.locks),
  tell: (message) => channel?.postMessage(message),
  now: () => Date.now(),
});

channel?.addEventListener("message", (event: MessageEvent<TabMessage>) => session.hear(event.data));

/** Who is signed in, following changes from any tab. */
export function useSession(): SessionView {
  return useSyncExternalStore(session.subscribe, session.view);
}
