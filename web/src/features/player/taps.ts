// What taps and clicks on the picture mean.

export interface Tap {
  kind: "mouse" | "finger";
  /** Milliseconds, on any clock. */
  at: number;
  /** Where on the picture, from 0 at its left to 1 at its right. */
  across: number;
}

/** What the hand can do to the picture. */
export interface Hand {
  togglePlay(): void;
  toggleControls(): void;
  toggleFullScreen(): void;
  /** Skip `by` seconds, which makes `altogether` in a row. */
  skip(by: number, altogether: number): void;
}

/** Two taps within this time are a double one. Milliseconds. */
const DOUBLE_MS = 300;
/** After a double tap at a side, each tap there within this time of the last skips on. Milliseconds. */
const ROW_MS = 800;
const SKIP_SECONDS = 10;

type Place = "left" | "middle" | "right";

export class Taps {
  #hand: Hand;
  #last: { at: number; place: Place; kind: Tap["kind"] } | null = null;
  #row: { at: number; place: Place; seconds: number } | null = null;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  /** Each single tap is obeyed at once; a second one takes that back and does what the two mean together. */
  tap({ kind, at, across }: Tap): void {
    const place = across < 0.4 ? "left" : across > 0.6 ? "right" : "middle";
    if (this.#row && this.#row.place === place && at - this.#row.at < ROW_MS) {
      this.#skip(place, at, this.#row.seconds);
      return;
    }
    this.#row = null;
    const last = this.#last;
    const double = last !== null && last.kind === kind && last.place === place && at - last.at < DOUBLE_MS;
    const undo = kind === "mouse" ? this.#hand.togglePlay : this.#hand.toggleControls;
    this.#last = null;
    undo.call(this.#hand);
    if (!double) this.#last = { at, place, kind };
    else if (kind === "mouse" || place === "middle") this.#hand.toggleFullScreen();
    else this.#skip(place, at, 0);
  }

  #skip(place: Place, at: number, before: number): void {
    const by = place === "left" ? -SKIP_SECONDS : SKIP_SECONDS;
    this.#row = { at, place, seconds: before + by };
    this.#hand.skip(by, this.#row.seconds);
  }
}
