// An account of a whole play, for its last beacon and every one before: what was watched, at which quality, and what was borne.

export interface Measured {
  /** Milliseconds from the wish to the first frame; undefined before it. */
  startup?: number | undefined;
  rebuffers: number;
  rebufferMs: number;
  dropped: number;
  switches: number;
  height: number;
  /** bit/s. */
  bitrate: number;
  /** bit/s. */
  throughput: number;
}

export const NOTHING_MEASURED: Measured = {
  rebuffers: 0,
  rebufferMs: 0,
  dropped: 0,
  switches: 0,
  height: 0,
  bitrate: 0,
  throughput: 0,
};

/** With CMCD's names (CTA-5004-B), as an event says it. */
export interface Told {
  msd?: number;
  bsa: number;
  bsda: number;
  dfa: number;
  switches: number;
  br?: number;
  mtp?: number;
  watched_ms: number;
  mean_height?: number;
  mean_bitrate?: number;
}

export class ViewingAccount {
  #last: Measured = NOTHING_MEASURED;
  #watched = 0;
  /** Height and bitrate by the milliseconds they were seen for. */
  #heights = 0;
  #bitrates = 0;
  #movedAt: number | null = null;

  /** How it stands at `now` (milliseconds); what was seen since the last time counts at the quality it had. */
  look(now: number, measured: Measured, moving: boolean): void {
    if (this.#movedAt !== null) {
      const seen = Math.max(0, now - this.#movedAt);
      this.#watched += seen;
      this.#heights += seen * measured.height;
      this.#bitrates += seen * measured.bitrate;
    }
    this.#movedAt = moving ? now : null;
    this.#last = measured;
  }

  told(): Told {
    const { startup, rebuffers, rebufferMs, dropped, switches, bitrate, throughput } = this.#last;
    const kbit = (bits: number) => Math.round(bits / 1000);
    return {
      ...(startup === undefined ? {} : { msd: Math.round(startup) }),
      bsa: rebuffers,
      bsda: Math.round(rebufferMs),
      dfa: Math.round(dropped),
      switches,
      ...(bitrate > 0 ? { br: kbit(bitrate) } : {}),
      ...(throughput > 0 ? { mtp: kbit(throughput) } : {}),
      watched_ms: Math.round(this.#watched),
      ...(this.#watched > 0
        ? {
            mean_height: round(this.#heights / this.#watched),
            mean_bitrate: round(this.#bitrates / this.#watched / 1000),
          }
        : {}),
    };
  }
}

const round = (value: number) => Math.round(value * 10) / 10;
