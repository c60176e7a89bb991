import { describe, expect, it } from "vitest";
import { type Box, nearest, type Way } from "./nearest";

const box = (left: number, top: number, width: number, height: number): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

// As the player lies on a screen of 1920 × 1080.
const screen: Record<string, Box> = {
  back: box(30, 20, 44, 44),
  skipIntro: box(1650, 860, 180, 50),
  bar: box(30, 980, 1860, 24),
  play: box(30, 1010, 44, 44),
  forward: box(90, 1010, 44, 44),
  captions: box(1700, 1010, 44, 44),
  full: box(1846, 1010, 44, 44),
};
const from = (name: string, way: Way) => {
  const here = screen[name];
  if (!here) throw new Error(name);
  const others = Object.keys(screen).filter((other) => other !== name);
  return nearest(here, others, (other) => screen[other] as Box, way);
};

describe("nearest", () => {
  it("goes along a row and stops at its ends", () => {
    expect(from("play", "right")).toBe("forward");
    expect(from("forward", "right")).toBe("captions");
    expect(from("captions", "left")).toBe("forward");
    expect(from("play", "left")).toBeNull();
    expect(from("full", "right")).toBeNull();
    expect(from("back", "right")).toBeNull();
  });

  it("goes from row to row, and from the bar to the first button below it", () => {
    expect(from("play", "up")).toBe("bar");
    expect(from("captions", "up")).toBe("bar");
    expect(from("bar", "down")).toBe("play");
    expect(from("bar", "up")).toBe("skipIntro");
    expect(from("back", "down")).toBe("bar");
    expect(from("play", "down")).toBeNull();
  });

  it("reaches what lies aside where nothing lies ahead", () => {
    expect(from("skipIntro", "up")).toBe("back");
  });

  it("goes back the way it came, between rows that do not stand exactly below each other", () => {
    const row = (left: number, top: number) => [0, 250, 500, 750].map((at) => box(left + at, top, 230, 345));
    const [above, below] = [row(76, 100), row(96, 600)];
    const to = (here: Box | undefined, boxes: Box[], way: Way) =>
      here && nearest(here, boxes, (one) => one, way);
    expect(to(above[2], below, "down")).toBe(below[2]);
    expect(to(below[2], above, "up")).toBe(above[2]);
  });
});
