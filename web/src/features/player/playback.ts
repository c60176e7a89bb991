// One viewing from the decision to the last goodbye: joins the session, the heartbeats and the engine into one state.
import * as api from "@/lib/api/playback";
import type { ActiveStream, PlaySession, PlayState } from "@/lib/api/shapes";
import { asProblem, Problem, sentence } from "@/lib/problems";
import { SignedOut } from "@/lib/session";
import { Engine } from "./engine";
import { grantOf } from "./grant";
import { Pulse } from "./pulse";
import { type Happening, initial, type PlayerState, reduce } from "./state";

export type From = "ask" | "resume" | "start";

export interface Wishes {
  playableId: string;
  from: From;
  /** Put HLS before DASH. */
  hlsFirst: boolean;
  /** The viewer is known to have a plan: a refusal for want of one is news that has not arrived yet. */
  hasPlan: () => boolean;
}

/** Waits between asking again while a new plan is still on its way to playback. Milliseconds. */
const PLAN_ON_ITS_WAY = [400, 800, 1_600, 2_400];
/** Resuming closer to the start than this is not worth a question: seconds, and share of a short film. */
const ASK_FROM = { seconds: 5, share: 0.05 };
const LOUDNESS_KEY = "bijou.loudness";

export class Playback {
  #wishes: Wishes;
  #state: PlayerState = { ...initial, ...remembered() };
  #listeners = new Set<() => void>();
  #engine: Engine | null = null;
  #pulse: Pulse | null = null;
  #video: HTMLVideoElement | null = null;
  #captions: HTMLElement | null = null;
  #session: PlaySession | null = null;
  #disposed = false;

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  state = (): PlayerState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Ask for a session and, unless there is something to ask the viewer, play. */
  async start(video: HTMLVideoElement, captions: HTMLElement): Promise<void> {
    this.#video = video;
    this.#captions = captions;
    if (!Engine.supported()) {
      const told = "This browser cannot play Bijou’s films. A current Chrome, Edge, Firefox or Safari can.";
      this.#happen({ type: "stopped", stop: { kind: "failed", sentence: told, traceId: "" } });
      return;
    }
    await this.#admit(() => api.startSession(this.#wishes.playableId));
  }

  /** Everything again, as if the page had just been opened. */
  async restart(from: From): Promise<void> {
    this.#wishes = { ...this.#wishes, from };
    await this.#letGo(true);
    this.#happen({ type: "restart" });
    await this.#admit(() => api.startSession(this.#wishes.playableId));
  }

  async takeOver(href: string): Promise<void> {
    this.#happen({ type: "restart" });
    await this.#admit(() => api.takeOver(href));
  }

  /** The answer to "resume or start over". */
  choose(from: "resume" | "start"): void {
    const at = from === "resume" ? this.#state.position : 0;
    this.#happen({ type: "load", position: at });
    void this.#load(at);
  }

  toggle(): void {
    if (this.#state.phase === "ended") this.seek(0);
    else if (this.#video?.paused) void this.#engine?.play();
    else this.#engine?.pause();
  }

  /** Go to a position in seconds. A film that had ended plays on from there. */
  seek(position: number): void {
    const ended = this.#state.phase === "ended";
    if (this.#state.phase === "ready" || ended) this.#engine?.seek(position);
    if (ended) void this.#engine?.play();
  }

  skip(seconds: number): void {
    this.seek((this.#video?.currentTime ?? 0) + seconds);
  }

  setVolume(volume: number, muted: boolean): void {
    this.#engine?.setVolume(volume, muted);
    localStorage.setItem(LOUDNESS_KEY, JSON.stringify({ volume, muted }));
  }

  setRate(rate: number): void {
    this.#engine?.setRate(rate);
  }

  setQuality(id: string): void {
    this.#engine?.setQuality(id);
  }

  setCaption(id: string): void {
    this.#engine?.setCaption(id);
  }

  setAudio(id: string): void {
    this.#engine?.setAudio(id);
  }

  /** An address of this asset with the grant that is good now. */
  granted(uri: string): string {
    return this.#engine?.granted(uri) ?? uri;
  }

  /** Leave: end the session on the server and free the picture. */
  dispose(): void {
    this.#disposed = true;
    void this.#letGo(true);
  }

  /** The page is going away and may or may not come back. */
  leaveNow(): void {
    void this.#letGo(true);
    this.#happen({ type: "stopped", stop: { kind: "lost" } });
  }

  async #admit(ask: () => Promise<PlaySession>): Promise<void> {
    let session: PlaySession;
    try {
      session = await this.#patiently(ask);
    } catch (error) {
      this.#refused(error);
      return;
    }
    if (this.#disposed) {
      api.leave(session.session_id, session.resume_at);
      return;
    }
    this.#session = session;
    const wish = this.#wishes.from;
    const worthAsking = Math.min(ASK_FROM.seconds, session.duration * ASK_FROM.share);
    const asks = wish === "ask" && session.resume_at > 0 && session.resume_at >= worthAsking;
    this.#happen({ type: "admitted", session, ask: asks });
    this.#pulse = this.#beating(session);
    this.#pulse.start();
    if (!asks) await this.#load(wish === "start" ? 0 : session.resume_at);
  }

  async #patiently(ask: () => Promise<PlaySession>): Promise<PlaySession> {
    for (const wait of PLAN_ON_ITS_WAY) {
      try {
        return await ask();
      } catch (error) {
        if (this.#disposed || asProblem(error).code !== "no_plan" || !this.#wishes.hasPlan()) throw error;
      }
      await new Promise((done) => setTimeout(done, wait));
    }
    return ask();
  }

  async #load(position: number): Promise<void> {
    const session = this.#session;
    if (!session || !this.#video || !this.#captions) return;
    const { hls, dash } = session.manifests;
    const engine = new Engine(this.#video, this.#captions, {
      onChange: (change) => this.#media(change),
      onEnded: () => {
        this.#happen({ type: "ended" });
        this.#pulse?.beat();
      },
      onSeeked: () => this.#pulse?.beat(),
      onFailed: (code) => this.#failed(code),
    });
    this.#engine = engine;
    engine.setVolume(this.#state.volume, this.#state.muted);
    try {
      await engine.load(
        this.#wishes.hlsFirst ? [hls, dash] : [dash, hls],
        position,
        session.max_height ?? null,
      );
    } catch (error) {
      if (this.#engine === engine) this.#failed((error as { code?: number }).code ?? 0);
      return;
    }
    if (this.#engine !== engine) return;
    this.#happen({ type: "loaded", duration: this.#video.duration || (session.duration ?? 0) });
    await engine.play();
  }

  #beating(session: PlaySession): Pulse {
    return new Pulse({
      fencing: session.fencing,
      interval: session.heartbeat_interval,
      read: () => ({
        position: this.#state.position,
        state: this.#playState(),
        ...(this.#engine ? { qoe: this.#engine.qoe() } : {}),
      }),
      send: async (body) => {
        const answer = await api.heartbeat(session.session_id, body);
        if (body.qoe) this.#engine?.accepted(body.qoe);
        return answer;
      },
      onGrant: (grant) => this.#engine?.setGrant(grantOf(grant)),
      onLost: () => {
        this.#happen({ type: "stopped", stop: { kind: "lost" } });
        void this.#letGo(false);
      },
      onReach: (online) => this.#happen({ type: "reach", online }),
    });
  }

  #playState(): PlayState {
    if (this.#state.phase === "ended") return "ended";
    if (this.#state.buffering && this.#state.phase === "ready") return "buffering";
    return this.#state.paused ? "paused" : "playing";
  }

  #media(change: Partial<PlayerState>): void {
    const paused = this.#state.paused;
    this.#happen({ type: "media", change });
    // The position at a pause is the one to come back to: tell it at once.
    if (change.paused !== undefined && change.paused !== paused && this.#state.phase === "ready")
      this.#pulse?.beat();
  }

  #refused(error: unknown): void {
    if (this.#disposed || error instanceof SignedOut) return;
    const problem = asProblem(error);
    if (problem.code === "streams_exceeded") {
      const { active, takeover, limit } = problem.body as unknown as {
        active?: ActiveStream[];
        takeover?: { href: string } | null;
        limit?: number;
      };
      const slots = { active: active ?? [], limit: limit ?? null, takeover: takeover?.href ?? null };
      this.#happen({ type: "stopped", stop: { kind: "slots", ...slots } });
    } else if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
      this.#happen({
        type: "stopped",
        stop: { kind: "failed", sentence: sentence(problem), traceId: problem.traceId },
      });
    } else {
      this.#happen({
        type: "stopped",
        stop: { kind: "refused", code: problem.code, sentence: sentence(problem), traceId: problem.traceId },
      });
    }
  }

  #failed(code: number): void {
    const told = sentence(new Problem({ status: 0, code: "media_failed", detail: "" }));
    const stop = { kind: "failed" as const, sentence: told, traceId: code ? `media ${code}` : "" };
    this.#happen({ type: "stopped", stop });
    void this.#letGo(true);
  }

  /** Stop the heartbeats and the engine; `tell` the server unless it already ended the session. */
  async #letGo(tell: boolean): Promise<void> {
    const session = this.#session;
    const engine = this.#engine;
    this.#pulse?.stop();
    this.#pulse = null;
    this.#session = null;
    this.#engine = null;
    if (session && tell) api.leave(session.session_id, this.#state.position);
    await engine?.destroy();
  }

  #happen(event: Happening): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

function remembered(): Partial<PlayerState> {
  try {
    const { volume, muted } = JSON.parse(localStorage.getItem(LOUDNESS_KEY) ?? "{}") as Partial<PlayerState>;
    return {
      ...(typeof volume === "number" ? { volume } : {}),
      ...(typeof muted === "boolean" ? { muted } : {}),
    };
  } catch {
    return {};
  }
}
