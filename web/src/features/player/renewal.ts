// A new lease for the film on screen once its own ran out, while the device slept or the network was away.

import { asProblem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import type { PlaySession } from "@/shared/api/shapes";

export interface RenewalParts {
  ask: () => Promise<PlaySession>;
  /** Whether the viewing still holds `old`. What is asked for after it was let go is nobody's. */
  holds: (old: PlaySession) => boolean;
  onRenewed: (session: PlaySession, old: PlaySession) => void;
  /** A lease that came after its viewing was let go. */
  onUnwanted: (session: PlaySession) => void;
  onRefused: (error: unknown) => void;
  onReach: (online: boolean) => void;
}

/** A lease that runs out so soon after it was taken is not only this device's sleep: each of those waits longer. Milliseconds. */
const APART = 30_000;
const SOON = [0, 1_000, 5_000, 15_000, 30_000];
/** Waits between asking for a new lease while the network is away. Milliseconds. */
const RETRY = [1_000, 2_000, 4_000, 8_000];

export class Renewal {
  #parts: RenewalParts;
  /** By the clock on the wall: the page's own stands still while the machine sleeps. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #soon = 0;
  #asleep: PlaySession | null = null;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** The lease of `old` ran out; nobody watching, a new one waits until somebody does. */
  expired(old: PlaySession, unwatched: boolean): void {
    if (unwatched) this.#asleep = old;
    else void this.#renew(old);
  }

  /** Somebody may be watching again; whether a lease was waiting for that. */
  wake(): boolean {
    const old = this.#asleep;
    this.#asleep = null;
    if (old) void this.#renew(old);
    return old !== null;
  }

  /** The viewing was let go. */
  forget(): void {
    this.#asleep = null;
  }

  async #renew(old: PlaySession): Promise<void> {
    const { holds, onRenewed, onUnwanted } = this.#parts;
    this.#soon = Date.now() - this.#renewedAt < APART ? this.#soon + 1 : 0;
    const wait = SOON[Math.min(this.#soon, SOON.length - 1)] ?? 0;
    if (wait > 0) await reach.back(wait);
    const session = await this.#asked(old);
    if (!session) return;
    this.#renewedAt = Date.now();
    if (holds(old)) onRenewed(session, old);
    else onUnwanted(session);
  }

  /** Asks until there is an answer: the session, or nothing once the viewer has been told why there is none. */
  async #asked(old: PlaySession): Promise<PlaySession | null> {
    const { ask, holds, onReach, onRefused } = this.#parts;
    for (let tries = 0; holds(old); tries++) {
      try {
        return await ask();
      } catch (error) {
        const { status } = asProblem(error);
        if (status !== 0 && status < 500 && status !== 429) {
          onRefused(error);
          return null;
        }
        onReach(false);
        await reach.back(RETRY[Math.min(tries, RETRY.length - 1)] ?? 0);
      }
    }
    return null;
  }
}
