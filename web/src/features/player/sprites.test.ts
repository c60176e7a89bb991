import { describe, expect, it } from "vitest";
import { parseSprites, spriteAt } from "./sprites";

const BASE = "http://h/media/g/asset/run/thumbnails.vtt";
const MAP = `WEBVTT

NOTE made by the pipeline

00:00:00.000 --> 00:00:10.000
sprite_001.jpg#xywh=0,0,160,90

2
00:10.000 --> 00:20.000 line:0
sprite_001.jpg#xywh=160,0,160,90

01:00:20.000 --> 01:00:30.500
sprite_002.jpg#xywh=0,90,160,90
`;

describe("parseSprites", () => {
  it("reads stamps with and without hours, cue ids, settings and notes", () => {
    expect(parseSprites(MAP, BASE)).toEqual([
      { start: 0, end: 10, url: "http://h/media/g/asset/run/sprite_001.jpg", x: 0, y: 0, w: 160, h: 90 },
      { start: 10, end: 20, url: "http://h/media/g/asset/run/sprite_001.jpg", x: 160, y: 0, w: 160, h: 90 },
      {
        start: 3620,
        end: 3630.5,
        url: "http://h/media/g/asset/run/sprite_002.jpg",
        x: 0,
        y: 90,
        w: 160,
        h: 90,
      },
    ]);
  });

  it("takes Windows line ends and leaves out broken cues", () => {
    const broken = `${MAP}\n00:00.000 --> nonsense\nx.jpg#xywh=1,2,3,4\n\n00:00.000 --> 00:01.000\nx.jpg\n`;
    expect(parseSprites(broken.replace(/\n/g, "\r\n"), BASE)).toHaveLength(3);
  });
});

describe("spriteAt", () => {
  const sprites = parseSprites(MAP, BASE);
  it("finds the sprite of a moment, and the last one past the end", () => {
    expect(spriteAt(sprites, 0)).toBe(sprites[0]);
    expect(spriteAt(sprites, 9.99)).toBe(sprites[0]);
    expect(spriteAt(sprites, 10)).toBe(sprites[1]);
    expect(spriteAt(sprites, 9999)).toBe(sprites[2]);
    expect(spriteAt([], 1)).toBeUndefined();
  });
});
