import { beforeEach, expect, it, vi } from "vitest";

const { said, destroyed, players } = vi.hoisted(() => ({
  said: [] as string[],
  destroyed: [] as (() => void)[],
  players: { made: 0, tracks: [] as { width: number; height: number }[], restrictions: {} },
}));
vi.mock("shaka-player/dist/shaka-player.compiled-es2021.js", () => {
  class Player extends EventTarget {
    #name = `engine ${++players.made}`;
    setVideoContainer() {}
    configure(options: { restrictions?: object }) {
      if (options.restrictions) players.restrictions = options.restrictions;
    }
    getVariantTracks() {
      return players.tracks;
    }
    getNetworkingEngine() {
      return null;
    }
    async attach() {
      said.push(`${this.#name} attached`);
    }
    async load() {
      said.push(`${this.#name} loaded`);
    }
    destroy() {
      return new Promise<void>((done) => {
        destroyed.push(() => {
          said.push(`${this.#name} gone`);
          done();
        });
      });
    }
  }
  return { default: { Player, polyfill: { installAll() {} }, util: { Error: { Code: {} } } } };
});
vi.mock("./tracks", () => ({
  Tracks: class {
    changed() {}
  },
}));

const { Engine } = await import("./engine");
const nothing = () => {};
const events = {
  onChange: nothing,
  onEnded: nothing,
  onSeeked: nothing,
  onReach: nothing,
  onFailed: nothing,
};
const make = (video: HTMLVideoElement) => new Engine(video, {} as HTMLElement, events);

beforeEach(() => {
  said.length = 0;
  destroyed.length = 0;
  players.made = 0;
  players.tracks = [];
});

it("limits the lines of a picture, of which an upright one has as many as it is wide", async () => {
  const engine = make(new EventTarget() as HTMLVideoElement);
  const any = Number.POSITIVE_INFINITY;
  players.tracks = [{ width: 1920, height: 1080 }];
  await engine.load(["film"], 0, 1080);
  expect(players.restrictions).toEqual({ maxWidth: any, maxHeight: 1080 });
  players.tracks = [{ width: 720, height: 1280 }];
  engine.limit(720);
  expect(players.restrictions).toEqual({ maxWidth: 720, maxHeight: any });
  engine.limit(null);
  expect(players.restrictions).toEqual({ maxWidth: any, maxHeight: any });
});

it("takes a picture only after the engine before it has left", async () => {
  const video = new EventTarget() as HTMLVideoElement;
  const first = make(video);
  await first.load(["film"], 0, null);
  const left = first.destroy();
  const loaded = make(video).load(["film"], 0, null);
  await new Promise((soon) => setTimeout(soon));
  expect(said).toEqual(["engine 1 attached", "engine 1 loaded"]);
  destroyed[0]?.();
  await Promise.all([left, loaded]);
  expect(said.slice(2)).toEqual(["engine 1 gone", "engine 2 attached", "engine 2 loaded"]);
});

it("waits for every engine that is on its way out", async () => {
  const video = new EventTarget() as HTMLVideoElement;
  const [first, second] = [make(video), make(video)];
  void first.destroy();
  void second.destroy();
  const loaded = make(video).load(["film"], 0, null);
  destroyed[1]?.();
  await new Promise((soon) => setTimeout(soon));
  expect(said).toEqual(["engine 2 gone"]);
  destroyed[0]?.();
  await loaded;
  expect(said).toEqual(["engine 2 gone", "engine 1 gone", "engine 3 attached", "engine 3 loaded"]);
});

it("does not wait for what leaves another picture", async () => {
  void make(new EventTarget() as HTMLVideoElement).destroy();
  await make(new EventTarget() as HTMLVideoElement).load(["film"], 0, null);
  expect(said).toEqual(["engine 2 attached", "engine 2 loaded"]);
});

it("tells of no place before the film's beginning, which nobody could come back to", () => {
  const video = Object.assign(new EventTarget(), { currentTime: -0.003, buffered: [] });
  const told: (number | undefined)[] = [];
  new Engine(video as unknown as HTMLVideoElement, {} as HTMLElement, {
    ...events,
    onChange: ({ position }) => told.push(position),
  });
  video.dispatchEvent(new Event("timeupdate"));
  video.currentTime = 4;
  video.dispatchEvent(new Event("timeupdate"));
  expect(told).toEqual([0, 4]);
});

it("goes where it was asked to before there was a picture, once the film's own start is behind it", () => {
  const video = Object.assign(new EventTarget(), {
    currentTime: 0,
    duration: Number.NaN,
    readyState: 0,
    HAVE_METADATA: 1,
    buffered: [],
  });
  const engine = make(video as unknown as HTMLVideoElement);
  // As Shaka does, once it has loaded.
  video.addEventListener("loadedmetadata", () => Object.assign(video, { currentTime: 8 }), { once: true });
  engine.seek(30);
  engine.seek(20);
  Object.assign(video, { readyState: 1, duration: 60 });
  video.dispatchEvent(new Event("loadedmetadata"));
  expect(video.currentTime).toBe(20);
});
