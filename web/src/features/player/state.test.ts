import { describe, expect, it } from "vitest";
import type { PlaySession } from "@/shared/api/shapes";
import { captionsToShow, initial, OFF, offeredNext, type PlayerState, reduce, skipIntroTo } from "./state";

const session: PlaySession = {
  session_id: "s1",
  fencing: 3,
  decision: { allowed: true, gates: [] },
  manifests: { hls: "/media/g/a/r/master.m3u8", dash: "/media/g/a/r/manifest.mpd" },
  resume_at: 42,
  duration: 100,
  heartbeat_interval: 10,
  expires_at: "2026-11-20T21:00:00Z",
  grant_expires_at: "2026-11-20T21:02:00Z",
  tracks: { audio: [], text: [], video: [] },
  title: { id: "t1", type: "series", name: "Lantern Street" },
  markers: {},
  next_episode: { playable_id: "p2", title_id: "t1", name: "Two" },
};

const admitted = reduce(initial, { type: "admitted", session, ask: true });
const ready = reduce(reduce(admitted, { type: "load", position: 42 }), { type: "loaded", duration: 100 });
const at = (state: PlayerState, position: number) => reduce(state, { type: "media", change: { position } });

describe("reduce", () => {
  it("goes from the decision through the question to the picture", () => {
    expect(admitted.phase).toBe("prompt");
    expect(admitted.position).toBe(42);
    expect(reduce(initial, { type: "admitted", session, ask: false }).phase).toBe("loading");
    expect(ready.phase).toBe("ready");
  });

  it("shows no late picture after a stop, until it is restarted", () => {
    const stopped = reduce(ready, { type: "stopped", stop: { kind: "lost", reason: "taken_over" } });
    expect(stopped).toMatchObject({
      phase: "stopped",
      paused: true,
      stop: { kind: "lost", reason: "taken_over" },
    });
    expect(reduce(stopped, { type: "media", change: { paused: false } })).toBe(stopped);
    expect(reduce(stopped, { type: "loaded", duration: 9 })).toBe(stopped);
    expect(reduce(stopped, { type: "restart" }).phase).toBe("deciding");
    expect(reduce(stopped, { type: "admitted", session, ask: false })).toMatchObject({
      phase: "loading",
      stop: null,
    });
  });

  it("goes on under a new lease without a change of picture", () => {
    const offline = reduce(at(ready, 60), { type: "reach", online: false });
    const renewed = reduce(offline, { type: "renewed", session: { ...session, session_id: "s2" } });
    expect(renewed).toMatchObject({ phase: "ready", position: 60, reconnecting: false });
    expect(renewed.session?.session_id).toBe("s2");
  });

  it("keeps the viewer's volume and speed over a restart", () => {
    const loud = reduce(ready, { type: "media", change: { volume: 0.3, muted: true, rate: 1.5 } });
    expect(reduce(loud, { type: "restart" })).toMatchObject({
      volume: 0.3,
      muted: true,
      rate: 1.5,
      position: 0,
    });
  });

  it("ends at the end and leaves it again by seeking back", () => {
    const ended = reduce(ready, { type: "ended" });
    expect(ended).toMatchObject({ phase: "ended", paused: true, position: 100 });
    expect(at(ended, 99.9).phase).toBe("ended");
    expect(at(ended, 50).phase).toBe("ready");
  });

  it("is blocked no longer once it plays, whoever began it", () => {
    const blocked = reduce(ready, { type: "media", change: { blocked: true } });
    expect(blocked.blocked).toBe(true);
    expect(reduce(blocked, { type: "media", change: { paused: false } }).blocked).toBe(false);
  });

  it("tells lost and found connections once", () => {
    const lost = reduce(ready, { type: "reach", online: false });
    expect(lost.reconnecting).toBe(true);
    expect(reduce(lost, { type: "reach", online: false })).toBe(lost);
    expect(reduce(lost, { type: "reach", online: true }).reconnecting).toBe(false);
  });
});

describe("captionsToShow", () => {
  it("are those shown last, or else in the viewer's language, or else the first", () => {
    const captions = [
      { id: "1", label: "English", language: "en" },
      { id: "2", label: "Deutsch", language: "de-AT" },
      { id: "3", label: "Français", language: "fr" },
    ];
    const state = { ...ready, captions };
    expect(captionsToShow(state, "3", "de")).toBe("3");
    expect(captionsToShow(state, null, "de")).toBe("2");
    expect(captionsToShow(state, "7", "it")).toBe("1");
    expect(captionsToShow(ready, null, "en")).toBe(OFF);
  });
});

describe("offeredNext", () => {
  it("comes near the end, earlier where the credits are marked, and never without a next episode", () => {
    expect(offeredNext(at(ready, 80))).toBeNull();
    expect(offeredNext(at(ready, 85))?.playable_id).toBe("p2");
    const marked = { ...ready, session: { ...session, markers: { credits_start: 60 } } };
    expect(offeredNext(at(marked, 61))?.playable_id).toBe("p2");
    const last = { ...ready, session: { ...session, next_episode: null } };
    expect(offeredNext(at(last, 99))).toBeNull();
  });

  it("is not offered while the picture is still loading", () => {
    expect(offeredNext({ ...ready, phase: "loading", position: 99 })).toBeNull();
  });
});

describe("skipIntroTo", () => {
  it("leads to the end of the intro, only while it runs", () => {
    const marked = { ...ready, session: { ...session, markers: { intro_start: 5, intro_end: 30 } } };
    expect(skipIntroTo(at(marked, 4))).toBeNull();
    expect(skipIntroTo(at(marked, 6))).toBe(30);
    expect(skipIntroTo(at(marked, 30))).toBeNull();
    expect(skipIntroTo(at(ready, 6))).toBeNull();
  });
});
