import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "@/shared/api/playback";
import { Problem } from "@/shared/api/problems";
import type { PlaySession } from "@/shared/api/shapes";
import { forgetUnsent, keepUnsent } from "@/shared/api/unsent";
import { toasts } from "@/shared/ui/toasts";
import type { EngineEvents } from "./engine";
import { keepPlace } from "./place";
import { Playback } from "./playback";

const { engines, FakeEngine } = vi.hoisted(() => {
  class FakeEngine {
    static supported = () => true;
    /** What the next loads do. */
    static loads: (() => Promise<void>)[] = [];
    load = vi.fn(async (..._: unknown[]) => FakeEngine.loads.shift()?.());
    play = vi.fn(async () => {});
    again = vi.fn();
    setVolume = vi.fn();
    tracks = { choose: vi.fn() };
    limit = vi.fn();
    setGrant = vi.fn();
    qoe = () => ({});
    accepted = vi.fn();
    destroy = vi.fn(async () => {});
    events: EngineEvents;
    constructor(_video: unknown, _captions: unknown, events: EngineEvents) {
      this.events = events;
      engines.push(this);
    }
  }
  const engines: FakeEngine[] = [];
  return { engines, FakeEngine };
});
// Sessions without a title have no choices to remember.
vi.mock("./beacons", () => ({
  Beacons: class {
    end() {}
  },
}));
vi.mock("./choices", () => ({ Choices: class {} }));
vi.mock("./engine", () => ({ Engine: FakeEngine }));
vi.mock("@/shared/api/unsent", () => ({ keepUnsent: vi.fn(), forgetUnsent: vi.fn() }));
vi.mock("@/shared/session/auth", () => ({ session: { view: () => ({ profileId: "iris" }) } }));
vi.mock("@/shared/api/playback", () => ({
  startSession: vi.fn(),
  heartbeat: vi.fn(async () => ({})),
  leave: vi.fn(),
  leaveStart: vi.fn(),
  takeBack: vi.fn(),
}));

const start = vi.mocked(api.startSession);
const beat = vi.mocked(api.heartbeat);
const video = { duration: 600, currentTime: 0, paused: false } as HTMLVideoElement;
const captions = {} as HTMLElement;

function session(id: string, resumeAt = 0): PlaySession {
  return {
    session_id: id,
    fencing: 1,
    manifests: { dash: `/media/${id}/asset/run/manifest.mpd`, hls: `/media/${id}/asset/run/master.m3u8` },
    resume_at: resumeAt,
    duration: 600,
    heartbeat_interval: 10,
  } as PlaySession;
}

const lost = (reason: string) => new Problem({ status: 410, code: "lease_lost", detail: "", reason });

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetAllMocks();
  beat.mockResolvedValue({} as never);
  engines.length = 0;
  vi.stubGlobal("sessionStorage", memory());
  vi.stubGlobal("localStorage", memory());
  vi.stubGlobal("document", { hidden: false });
  for (const toast of toasts.view()) toasts.dismiss(toast.id);
});

async function playing(...sessions: PlaySession[]): Promise<Playback> {
  for (const one of sessions) start.mockResolvedValueOnce(one);
  const playback = new Playback({
    playableId: "film",
    entry: "e1",
    from: "start",
    hlsFirst: false,
    hasPlan: () => true,
  });
  await playback.start(video, captions);
  expect(playback.state().phase).toBe("ready");
  return playback;
}

const offline = () => new Problem({ status: 0, code: "offline", detail: "" });
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("an engine that was let go", () => {
  it("stops nothing that began after it", async () => {
    const playback = await playing(session("s1"), session("s2"));
    await playback.restart("start");
    const [old, present] = engines;
    old?.events.onFailed(1002);
    old?.events.onEnded();
    old?.events.onReach(false);
    old?.events.onChange({ position: 500, paused: true });
    expect(playback.state()).toMatchObject({ phase: "ready", reconnecting: false, stop: null, position: 0 });
    expect(present?.destroy).not.toHaveBeenCalled();
    present?.events.onFailed(3016);
    expect(playback.state()).toMatchObject({ phase: "stopped", stop: { kind: "failed" } });
  });

  it("stops nothing either where its loading fails late", async () => {
    const playback = await playing(session("s1"), session("s2"), session("s3"));
    let fail = (_: unknown) => {};
    FakeEngine.loads = [() => new Promise((_, reject) => (fail = reject))];
    void playback.restart("start");
    await settle();
    expect(playback.state().phase).toBe("loading");
    await playback.restart("start");
    fail({ code: 1002 });
    await settle();
    expect(engines).toHaveLength(3);
    expect(playback.state()).toMatchObject({ phase: "ready", stop: null });
  });
});

describe("a lease that is gone", () => {
  it("is taken again without a word where it ran out", async () => {
    const playback = await playing(session("s1"), session("s2"));
    beat.mockRejectedValueOnce(lost("expired"));
    playback.wake();
    await settle();
    expect(playback.state()).toMatchObject({ phase: "ready", stop: null });
    expect(playback.state().session?.session_id).toBe("s2");
    expect(engines).toHaveLength(1);
    expect(engines[0]?.setGrant).toHaveBeenCalledWith("s2");
  });

  it("is told where another screen took it", async () => {
    const playback = await playing(session("s1"));
    beat.mockRejectedValueOnce(lost("taken_over"));
    playback.wake();
    await settle();
    expect(playback.state().stop).toEqual({ kind: "lost", reason: "taken_over" });
    expect(start).toHaveBeenCalledTimes(1);
  });

  it("is told on the next screen to who left before hearing of it, and only then", async () => {
    const playback = await playing(session("s1"));
    vi.setSystemTime(Date.now() + 60_000);
    beat.mockRejectedValueOnce(lost("taken_over"));
    playback.dispose();
    await settle();
    expect(toasts.view()).toHaveLength(1);
    expect(api.leave).not.toHaveBeenCalled();
  });

  it("is no news to who leaves a film that only ran out, nor to who was in touch", async () => {
    const slept = await playing(session("s1"));
    vi.setSystemTime(Date.now() + 60_000);
    beat.mockRejectedValueOnce(lost("expired"));
    slept.dispose();
    await settle();
    const awake = await playing(session("s2"));
    beat.mockClear();
    awake.dispose();
    await settle();
    expect(toasts.view()).toEqual([]);
    expect(beat).not.toHaveBeenCalled();
    expect(api.leave).toHaveBeenCalledExactlyOnceWith("s2", 0);
  });
});

describe("a start", () => {
  it("waits for a network that is away, and says so", async () => {
    start
      .mockRejectedValueOnce(offline())
      .mockRejectedValueOnce(offline())
      .mockResolvedValueOnce(session("s1"));
    const playback = new Playback({
      playableId: "film",
      entry: "e1",
      from: "start",
      hlsFirst: false,
      hasPlan: () => false,
    });
    void playback.start(video, captions);
    await settle();
    expect(playback.state()).toMatchObject({ phase: "deciding", reconnecting: true, stop: null });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(playback.state()).toMatchObject({ phase: "ready", reconnecting: false });
  });

  it("does not go on waiting once it was left", async () => {
    start.mockRejectedValue(offline());
    const playback = new Playback({
      playableId: "film",
      entry: "e1",
      from: "start",
      hlsFirst: false,
      hasPlan: () => false,
    });
    void playback.start(video, captions);
    await settle();
    playback.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(start).toHaveBeenCalledTimes(1);
  });

  it("goes on at the place that this entry of the history showed, without a question", async () => {
    keepPlace({ entry: "e1", playableId: "film", position: 312, told: [300], over: false });
    const playback = await playing(session("s1", 300));
    expect(engines[0]?.load.mock.calls[0]?.[1]).toBe(312);
    expect(playback.state().position).toBe(312);
  });

  it("asks who comes anew", async () => {
    keepPlace({ entry: "e0", playableId: "film", position: 312, told: [300], over: false });
    start.mockResolvedValueOnce(session("s1", 300));
    const playback = new Playback({
      playableId: "film",
      entry: "e1",
      from: "ask",
      hlsFirst: false,
      hasPlan: () => true,
    });
    await playback.start(video, captions);
    expect(playback.state()).toMatchObject({ phase: "prompt", position: 300 });
    playback.choose("resume");
    playback.choose("resume");
    await settle();
    expect(engines, "a second press loads no second picture").toHaveLength(1);
  });

  it("begins as loud as it was made while it asked", async () => {
    start.mockResolvedValueOnce(session("s1", 300));
    const playback = new Playback({
      playableId: "film",
      entry: "e1",
      from: "ask",
      hlsFirst: false,
      hasPlan: () => true,
    });
    await playback.start(video, captions);
    playback.setVolume(0.4, true);
    expect(playback.state()).toMatchObject({ volume: 0.4, muted: true });
    playback.choose("resume");
    expect(engines[0]?.setVolume).toHaveBeenCalledExactlyOnceWith(0.4, true);
  });
});

describe("the place on screen", () => {
  it("is where the film goes on after it was watched on here", async () => {
    const playback = await playing(session("s1", 40), session("s2", 90));
    engines[0]?.events.onChange({ position: 100 });
    beat.mockResolvedValueOnce({} as never);
    engines[0]?.events.onSeeked();
    await settle();
    await playback.restart("resume");
    expect(engines[1]?.load.mock.calls[0]?.[1], "the server knew 90: another screen told it so").toBe(90);
    start.mockResolvedValueOnce(session("s3", 150));
    engines[1]?.events.onChange({ position: 150 });
    engines[1]?.events.onSeeked();
    await settle();
    engines[1]?.events.onChange({ position: 155 });
    await playback.restart("resume");
    expect(engines[2]?.load.mock.calls[0]?.[1], "nobody moved it since").toBe(155);
  });

  it("is kept from before the goodbye until that was heard, as of the moment it came to be", async () => {
    const playback = await playing(session("s1"));
    engines[0]?.events.onChange({ position: 100 });
    const at = Date.now();
    await vi.advanceTimersByTimeAsync(3_600_000);
    let hear = (_: boolean) => {};
    vi.mocked(api.leave).mockReturnValueOnce(new Promise((answer) => (hear = answer)));
    playback.leaveNow();
    const place = { profileId: "iris", playableId: "film", position: 100, at };
    expect(keepUnsent).toHaveBeenCalledExactlyOnceWith(place);
    expect(forgetUnsent).not.toHaveBeenCalled();
    hear(true);
    await settle();
    expect(forgetUnsent).toHaveBeenCalledExactlyOnceWith(place);
  });

  it("stays kept where the goodbye was not heard", async () => {
    const playback = await playing(session("s1"));
    engines[0]?.events.onChange({ position: 100 });
    vi.mocked(api.leave).mockResolvedValueOnce(false);
    playback.leaveNow();
    await settle();
    expect(keepUnsent).toHaveBeenCalledOnce();
    expect(forgetUnsent).not.toHaveBeenCalled();
  });
});
