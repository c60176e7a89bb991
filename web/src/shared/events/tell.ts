// The app's own teller: gives an event its id, time and place, asks whether the viewer agreed, and hands it to the sender.

import { tellEvents, tellEventsLast } from "@/shared/api/events";
import { answerConsents, consents } from "@/shared/api/identity";
import { asProblem, OFFLINE, Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { device } from "@/shared/lib/storage";
import { session } from "@/shared/session/auth";
import { Agreeing } from "./agreeing";
import { agreed } from "./consent";
import { eventId } from "./event-id";
import { type Agreed, type Happened, needs, type Queued } from "./kinds";
import { Queue } from "./queue";
import { sayAgain } from "./say-again";
import { type Batch, type Outcome, Sender } from "./sender";

/** One stay in the app: until its page is closed or loaded anew. */
const visit = eventId();
let seq = 0;

const sender = new Sender({
  queue: new Queue(),
  profileId: () => session.view().profileId,
  send,
  sendLast: (batch) => tellEventsLast(batch.profileId, batch.said, agreed(batch.profileId)),
  after: (milliseconds, act) => void setTimeout(act, milliseconds),
});

const agreeing = new Agreeing({ read: consents, answer }, device);

/** What was agreed to is in the token too: with a new one it counts from the next page on. */
async function answer(profileId: string, what: readonly Agreed[]) {
  const said = await answerConsents(profileId, what);
  await session.renewed(session.accessNow()).catch(() => undefined);
  return said;
}

const tokens = { now: () => session.accessNow(), renewed: (stale: string | null) => session.renewed(stale) };

let learned: string | null = null;

/** Keep what a profile agrees to, here at once and with its account. Rejects where that could not be told yet. */
export const sayAgreed = (profileId: string, what: readonly Agreed[]): Promise<void> =>
  agreeing.say(profileId, what);

/** Once for each profile that watches here: what it agreed to anywhere. */
function learn(): void {
  const { profileId, kids } = session.view();
  if (profileId === null || kids || profileId === learned || !reach.view()) return;
  learned = profileId;
  void agreeing.learn(profileId).catch(() => {
    learned = null;
  });
}

/** Tell what happened, unless the viewer has not agreed to that. Nobody waits for it, and nothing fails because of it. */
export function tell(happened: Happened): void {
  const { profileId, kids } = session.view();
  if (profileId === null) return;
  const needed = needs(happened);
  if (needed && (kids || !agreed(profileId).includes(needed))) return;
  const said = { id: eventId(), at: new Date().toISOString(), visit, seq: seq++, ...happened };
  void sender.tell({ profileId, said: said as Queued["said"] }).catch(() => undefined);
}

async function send({ profileId, said }: Batch): Promise<Outcome> {
  // A page that is loaded right after somebody agreed has a token from before that, with which events are refused for ever.
  if (!(await agreeing.heard(profileId))) return "later";
  try {
    const { verdicts } = await tellEvents(profileId, said, agreed(profileId));
    return (await sayAgain(verdicts, profileId, tokens)) ? "later" : "judged";
  } catch (error) {
    const { status } = asProblem(error);
    return status === 400 || status === 413 || status === 415 || status === 422 ? "refused" : "later";
  }
}

/** Tell that a page could not be shown: why, and by which reference the answer that failed is found. */
export function tellFailure(error: unknown): void {
  const problem = error instanceof Problem ? error : null;
  // Out of reach is no failure of ours, and nobody could be told.
  if (problem?.code === OFFLINE) return;
  tell({
    type: "error",
    code: problem?.code ?? "screen",
    message: problem ? "" : cut(String((error as Error | null)?.message ?? error)),
    ...(problem?.traceId ? { trace_id: problem.traceId } : {}),
    fatal: true,
  });
}

/** Send what is left of before, whatever comes back into reach, and the last words of a page that goes away. */
export function watchEvents(): void {
  const look = () => {
    learn();
    if (reach.view() && session.view().profileId) void sender.flush();
  };
  reach.subscribe(look);
  session.subscribe(look);
  addEventListener("pagehide", () => sender.leave(true));
  addEventListener("pageshow", () => sender.back());
  document.addEventListener("visibilitychange", () => document.hidden && sender.leave());
  addEventListener("error", ({ message }) =>
    tell({ type: "error", code: "script", message: cut(message), fatal: false }),
  );
  look();
}

const cut = (words: string): string => words.replace(/[^\P{Cc}\n\t]/gu, " ").slice(0, 500);
