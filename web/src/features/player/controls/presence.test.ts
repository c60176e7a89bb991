import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Presence, STILL_MS } from "./presence";

describe("the controls on the picture", () => {
  let presence: Presence;

  beforeEach(() => {
    vi.useFakeTimers();
    presence = new Presence();
    presence.wake();
  });
  afterEach(() => {
    presence.dispose();
    vi.useRealTimers();
  });

  it("go once the hand has been still, counted from the last thing it did", () => {
    vi.advanceTimersByTime(STILL_MS - 1);
    presence.wake();
    vi.advanceTimersByTime(STILL_MS - 1);
    expect(presence.shown()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(presence.shown()).toBe(false);
  });

  it("come and go with a finger, also while the film stands still", () => {
    presence.keep("still", true);
    presence.toggle();
    expect(presence.shown()).toBe(false);
    presence.toggle();
    vi.advanceTimersByTime(10 * STILL_MS);
    expect(presence.shown()).toBe(true);
  });

  it("stay while anything keeps them, and have their time again afterwards", () => {
    presence.keep("menu", true);
    presence.keep("pressed", true);
    presence.keep("menu", false);
    vi.advanceTimersByTime(10 * STILL_MS);
    presence.hide();
    expect(presence.shown()).toBe(true);
    presence.keep("pressed", false);
    vi.advanceTimersByTime(STILL_MS - 1);
    expect(presence.shown()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(presence.shown()).toBe(false);
  });

  it("come back for what keeps them, and tell of changes alone", () => {
    const told = vi.fn();
    presence.subscribe(told);
    presence.wake();
    presence.hide();
    presence.hide();
    presence.keep("still", true);
    presence.keep("still", true);
    expect(presence.shown()).toBe(true);
    expect(told).toHaveBeenCalledTimes(2);
  });
});
