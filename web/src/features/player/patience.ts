// Asking for a session until there is an answer, also while the network is away or a new plan on its way.
import { asProblem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import type { PlaySession } from "@/shared/api/shapes";

/** Waits between asking again while a new plan is still on its way to playback. Milliseconds. */
const PLAN_ON_ITS_WAY = [400, 800, 1_600, 2_400];
/** Waits between asking again while nobody answers. Milliseconds. */
const AWAY = [1_000, 2_000, 4_000, 8_000];
/** Answers of who may have time again in a moment: each of the waits above is tried once. */
const BUSY = new Set([429, 502, 503, 504]);

interface Patience {
  /** The viewer is known to have a plan: a refusal for want of one is news that has not arrived yet. */
  hasPlan: () => boolean;
  /** An answer still has somebody to hear it. */
  wanted: () => boolean;
  onReach: (online: boolean) => void;
}

/** What `ask` answers. Throws its refusal, and its last failure once no answer is wanted any more. */
export async function patiently(
  ask: () => Promise<PlaySession>,
  { hasPlan, wanted, onReach }: Patience,
): Promise<PlaySession> {
  const news = PLAN_ON_ITS_WAY.values();
  for (let tries = 0; ; tries++) {
    try {
      const session = await ask();
      if (wanted()) onReach(true);
      return session;
    } catch (error) {
      const { code, status } = asProblem(error);
      const awaited = code === "no_plan" && hasPlan();
      const away = status === 0 ? AWAY[Math.min(tries, AWAY.length - 1)] : undefined;
      const busy = BUSY.has(status) ? AWAY[tries] : undefined;
      const wait = awaited ? news.next().value : (away ?? busy);
      if (wait === undefined || !wanted()) throw error;
      if (away !== undefined && !awaited) onReach(false);
      await reach.back(wait);
      if (!wanted()) throw error;
    }
  }
}
