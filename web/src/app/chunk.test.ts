import { beforeEach, describe, expect, it, vi } from "vitest";
import { Chunk, type ChunkParts } from "./chunk";

const Screen = () => null;
const gone = new TypeError("Failed to fetch dynamically imported module: /assets/title-1.js");
const kept = new Map<string, string>();
let now = 0;

beforeEach(() => {
  kept.clear();
  now = 1_000_000;
});

function make(fetch: () => Promise<typeof Screen>, parts: Partial<ChunkParts> = {}) {
  const all = {
    look: vi.fn(async () => true),
    reload: vi.fn(),
    storage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    },
    now: () => now,
    ...parts,
  };
  return { chunk: new Chunk(fetch, all), ...all };
}

/** Whether `promise` is still open after everything that could happen at once has happened. */
async function open(promise: Promise<unknown>): Promise<boolean> {
  const ticks = (async () => {
    for (let tick = 0; tick < 20; tick++) await Promise.resolve();
    return true;
  })();
  return Promise.race([promise.then(() => false), ticks]);
}

describe("a screen's chunk", () => {
  it("is fetched once, ahead or when needed", async () => {
    const fetch = vi.fn(async () => Screen);
    const { chunk } = make(fetch);
    await chunk.preload();
    expect(await chunk.needed()).toBe(Screen);
    expect(chunk.needed()).toBe(chunk.needed());
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("is asked for again when needed, where fetching ahead failed", async () => {
    const fetch = vi.fn(async () => Screen).mockRejectedValueOnce(gone);
    const { chunk, reload } = make(fetch);
    await chunk.preload();
    expect(await chunk.needed()).toBe(Screen);
    expect(reload).not.toHaveBeenCalled();
  });

  it("says that we are out of reach instead of leaving the app, and comes when asked again", async () => {
    const fetch = vi.fn(async () => Screen).mockRejectedValueOnce(gone);
    const { chunk, reload } = make(fetch, { look: async () => false });
    const failed = chunk.needed();
    await expect(failed).rejects.toMatchObject({ status: 0, code: "offline" });
    expect(chunk.needed(), "what failed is kept, or drawing it would fetch for ever").toBe(failed);
    expect(reload).not.toHaveBeenCalled();
    chunk.retry();
    await Promise.resolve();
    expect(await chunk.needed()).toBe(Screen);
  });

  it("reloads the page once where a new release has taken its place, and never in a circle", async () => {
    const fetch = vi.fn(async () => Promise.reject(gone));
    const first = make(fetch);
    expect(await open(first.chunk.needed()), "nothing is drawn on the way out").toBe(true);
    expect(first.reload).toHaveBeenCalledTimes(1);
    now += 59_000;
    const second = make(fetch);
    await expect(second.chunk.needed()).rejects.toBe(gone);
    expect(second.reload).not.toHaveBeenCalled();
    now += 2_000;
    const later = make(fetch);
    expect(await open(later.chunk.needed())).toBe(true);
    expect(later.reload).toHaveBeenCalledTimes(1);
  });
});
