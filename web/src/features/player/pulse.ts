// Heartbeats: keeps the stream slot and the edge grant alive and carries the position, one at a time, in order.

import { asProblem, type Problem } from "@/shared/api/problems";
import type { Heartbeat, Qoe } from "@/shared/api/shapes";
import { after } from "@/shared/lib/steady-timer";
import type { Account } from "./qoe";

export interface Beat extends Heartbeat {
  qoe?: Account & Qoe;
}

/** What a beat brings back: the grant, and up to which height in pixels it is good. */
export interface Renewal {
  grant?: string | null;
  max_height?: number | null;
}

export interface PulseParts {
  fencing: number;
  /** Seconds between two beats. */
  interval: number;
  read: () => Pick<Beat, "position" | "state" | "qoe">;
  send: (body: Beat) => Promise<Renewal>;
  onRenewed: (renewal: Renewal) => void;
  /** The slot is gone for good; the problem says why. */
  onLost: (why: Problem) => void;
  onReach: (online: boolean) => void;
}

/** Wait after the n-th failure in a row, in seconds, never longer than the interval. */
const RETRY = [1, 2, 4, 8];
const LOST = new Set([401, 403, 404, 409, 410]);

export class Pulse {
  #parts: PulseParts;
  #seq = 0;
  #failures = 0;
  #cancel: () => void = () => {};
  /** When the last beat that was answered left, or this began. By the clock on the wall, which a sleep does not stop. */
  #heardAt = Date.now();
  #sending = false;
  #again = false;
  #stopped = false;

  constructor(parts: PulseParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#schedule(this.#parts.interval);
  }

  /** Beat now: after a pause, a seek, a sleep, the end. Asked while one is under way, another follows it. */
  beat(): void {
    if (this.#stopped) return;
    if (this.#sending) {
      this.#again = true;
      return;
    }
    void this.#send();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Nothing was heard for longer than it should take: what was true then may have ended. */
  get silent(): boolean {
    return Date.now() - this.#heardAt > this.#parts.interval * 1_500;
  }

  /** Stop with one more beat; why there was nothing left to stop, if so, or that nobody heard it. */
  async farewell(): Promise<Problem | null> {
    this.stop();
    this.#seq += 1;
    try {
      await this.#parts.send({ seq: this.#seq, fencing: this.#parts.fencing, ...this.#parts.read() });
    } catch (error) {
      const problem = asProblem(error);
      if (LOST.has(problem.status) || problem.status === 0) return problem;
    }
    return null;
  }

  async #send(): Promise<void> {
    this.#cancel();
    this.#sending = true;
    this.#again = false;
    this.#seq += 1;
    const { fencing, interval } = this.#parts;
    const leftAt = Date.now();
    let wait = interval;
    try {
      const answer = await this.#parts.send({ seq: this.#seq, fencing, ...this.#parts.read() });
      if (this.#stopped) return;
      this.#failures = 0;
      this.#heardAt = leftAt;
      this.#parts.onReach(true);
      this.#parts.onRenewed(answer);
    } catch (error) {
      if (this.#stopped) return;
      const problem = asProblem(error);
      if (LOST.has(problem.status)) {
        this.stop();
        this.#parts.onLost(problem);
        return;
      }
      wait = Math.min(interval, RETRY[Math.min(this.#failures, RETRY.length - 1)] ?? interval);
      this.#failures += 1;
      // One lost beat is nothing to trouble the viewer with.
      if (this.#failures > 1) this.#parts.onReach(false);
    } finally {
      this.#sending = false;
    }
    if (this.#again) void this.#send();
    else this.#schedule(wait);
  }

  #schedule(seconds: number): void {
    if (this.#stopped) return;
    this.#cancel = after(seconds * 1000, () => void this.#send());
  }
}
