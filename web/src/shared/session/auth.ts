// The one session of this tab, wired to the browser: storage, locks and the channel to the other tabs.
import { useSyncExternalStore } from "react";
import { asProblem, problemOf } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { Session, type SessionView, type TabMessage, type TokenAnswer } from "./session";

const channel = new BroadcastChannel("bijou.session");

/** Every request of every tab waits for this one: it may not hang. Milliseconds. */
const RENEW_DEADLINE = 10_000;

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
  storage: localStorage,
  renew,
  // Locks exist only in secure contexts; elsewhere the session itself copes with losing a race.
  exclusively: async (work) =>
    navigator.locks ? await navigator.locks.request("bijou.session", work) : await work(),
  tell: (message) => channel.postMessage(message),
  now: () => Date.now(),
});

channel.onmessage = (event: MessageEvent<TabMessage>) => session.hear(event.data);

/** Who is signed in, following changes from any tab. */
export function useSession(): SessionView {
  return useSyncExternalStore(session.subscribe, session.view);
}
