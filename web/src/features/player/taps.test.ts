import { beforeEach, describe, expect, it } from "vitest";
import { type Hand, type Tap, Taps } from "./taps";

describe("taps on the picture", () => {
  let done: string[];
  let taps: Taps;
  const tap = (kind: Tap["kind"], at: number, across = 0.5) => taps.tap({ kind, at, across });

  beforeEach(() => {
    done = [];
    const hand: Hand = {
      togglePlay: () => done.push("play"),
      toggleControls: () => done.push("controls"),
      toggleFullScreen: () => done.push("full"),
      skip: (by, altogether) => done.push(`${by}/${altogether}`),
    };
    taps = new Taps(hand);
  });

  it("a click plays or pauses at once; a double one leaves that as it was and fills the screen", () => {
    tap("mouse", 0);
    expect(done).toEqual(["play"]);
    tap("mouse", 200);
    expect(done).toEqual(["play", "play", "full"]);
    tap("mouse", 400);
    expect(done).toEqual(["play", "play", "full", "play"]);
  });

  it("a finger shows and hides the controls and never pauses", () => {
    tap("finger", 0);
    tap("finger", 1_000);
    expect(done).toEqual(["controls", "controls"]);
  });

  it("a double tap at a side skips, and every further tap there skips on", () => {
    tap("finger", 0, 0.9);
    tap("finger", 250, 0.9);
    tap("finger", 800, 0.8);
    tap("finger", 1_500, 0.95);
    expect(done).toEqual(["controls", "controls", "10/10", "10/20", "10/30"]);
    tap("finger", 1_600, 0.1);
    tap("finger", 1_700, 0.1);
    expect(done.slice(5)).toEqual(["controls", "controls", "-10/-10"]);
  });

  it("a row of skips ends with a pause", () => {
    tap("finger", 0, 0.1);
    tap("finger", 200, 0.1);
    tap("finger", 1_100, 0.1);
    expect(done).toEqual(["controls", "controls", "-10/-10", "controls"]);
  });

  it("two taps at different sides are no skip; a double one in the middle fills the screen", () => {
    tap("finger", 0, 0.1);
    tap("finger", 200, 0.9);
    expect(done).toEqual(["controls", "controls"]);
    tap("finger", 400, 0.9);
    expect(done.slice(2)).toEqual(["controls", "10/10"]);
    tap("finger", 2_000);
    tap("finger", 2_200);
    expect(done.slice(4)).toEqual(["controls", "controls", "full"]);
  });

  it("a finger after a click is no double click", () => {
    tap("mouse", 0);
    tap("finger", 100);
    expect(done).toEqual(["play", "controls"]);
  });
});
