// What the viewer had to bear: the wait for the first frame, the stalls after it, the frames lost.

export interface Account {
  startup_ms?: number;
  rebuffer_count: number;
  rebuffer_ms: number;
  dropped_frames: number;
}

const NOTHING: Account = { rebuffer_count: 0, rebuffer_ms: 0, dropped_frames: 0 };

export class QoeMeter {
  #now: () => number;
  #askedAt: number | null = null;
  #stalledAt: number | null = null;
  #total: Account = { ...NOTHING };
  #told: Account = { ...NOTHING };

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The viewer asked for the film. */
  asked(): void {
    this.#askedAt ??= this.#now();
  }

  /** The picture moves. Only the first time counts as the start. */
  moves(): void {
    if (this.#total.startup_ms === undefined && this.#askedAt !== null) {
      this.#total.startup_ms = Math.round(this.#now() - this.#askedAt);
    }
  }

  /** The buffer ran dry or filled again. Waiting for the first frame, or after the viewer's own seek, is no stall. */
  buffering(dry: boolean, seeking: boolean): void {
    if (dry && this.#stalledAt === null && this.#total.startup_ms !== undefined && !seeking) {
      this.#stalledAt = this.#now();
      this.#total.rebuffer_count += 1;
    } else if (!dry && this.#stalledAt !== null) {
      this.#total.rebuffer_ms += this.#now() - this.#stalledAt;
      this.#stalledAt = null;
    }
  }

  /** What happened since the last accepted account. `dropped` counts all frames lost so far. */
  account(dropped: number): Account {
    const stalled = this.#stalledAt === null ? 0 : this.#now() - this.#stalledAt;
    const { startup_ms: startup } = this.#total;
    return {
      ...(startup !== undefined && this.#told.startup_ms === undefined ? { startup_ms: startup } : {}),
      rebuffer_count: this.#total.rebuffer_count - this.#told.rebuffer_count,
      rebuffer_ms: Math.max(0, Math.round(this.#total.rebuffer_ms + stalled - this.#told.rebuffer_ms)),
      dropped_frames: Math.max(0, dropped - this.#told.dropped_frames),
    };
  }

  /** All that happened until now. */
  whole(): { startup?: number; rebuffers: number; rebufferMs: number } {
    const { startup_ms: startup, rebuffer_count, rebuffer_ms } = this.#total;
    const stalled = this.#stalledAt === null ? 0 : this.#now() - this.#stalledAt;
    return {
      ...(startup === undefined ? {} : { startup }),
      rebuffers: rebuffer_count,
      rebufferMs: Math.round(rebuffer_ms + stalled),
    };
  }

  /** The server has taken `account`: the next one begins after it. */
  accepted(account: Account): void {
    this.#told = {
      startup_ms: this.#told.startup_ms ?? account.startup_ms,
      rebuffer_count: this.#told.rebuffer_count + account.rebuffer_count,
      rebuffer_ms: this.#told.rebuffer_ms + account.rebuffer_ms,
      dropped_frames: this.#told.dropped_frames + account.dropped_frames,
    };
  }
}
