// Thumbnails for the scrub bar, from a WebVTT map: each cue names a rectangle of a sprite sheet.

export interface Sprite {
  /** Seconds. */
  start: number;
  end: number;
  url: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

function seconds(stamp: string): number {
  return stamp.split(":").reduce((total, part) => total * 60 + Number(part), 0);
}

/** Parse a map. Addresses are resolved against `base`; cues that are not rectangles are left out. */
export function parseSprites(vtt: string, base: string): Sprite[] {
  const sprites: Sprite[] = [];
  for (const block of vtt.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const timing = lines.findIndex((line) => line.includes("-->"));
    if (timing < 0) continue;
    const stamps = /^\s*([\d:.]+)\s+-->\s+([\d:.]+)/.exec(lines[timing] ?? "");
    const target = /^(.+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(lines[timing + 1]?.trim() ?? "");
    if (!stamps || !target) continue;
    const [, start = "", end = ""] = stamps;
    const [, sheet = "", ...box] = target;
    const [x = 0, y = 0, w = 0, h = 0] = box.map(Number);
    sprites.push({ start: seconds(start), end: seconds(end), url: new URL(sheet, base).href, x, y, w, h });
  }
  return sprites.sort((a, b) => a.start - b.start);
}

/** The sprite shown at `time` seconds; past the last one, the last one. */
export function spriteAt(sprites: readonly Sprite[], time: number): Sprite | undefined {
  let low = 0;
  let high = sprites.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sprites[middle]?.start ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return sprites[low];
}
