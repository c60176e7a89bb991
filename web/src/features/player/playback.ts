// One viewing from the decision to the last goodbye: joins the session, the heartbeats and the engine into one state.

import * as api from "@/shared/api/playback";
import { asProblem, type Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import type { PlaySession, PlayState } from "@/shared/api/shapes";
import { language, t } from "@/shared/i18n/i18n";
import { SignedOut } from "@/shared/session/session";
import { toasts } from "@/shared/ui/toasts";
import { Choices, type Chosen } from "./choices";
import { Engine } from "./engine";
import { goodbye } from "./goodbye";
import { grantOf, ungranted } from "./grant";
import { hold, lose } from "./held";
import { keepLoudness, keptLoudness } from "./loudness";
import { patiently } from "./patience";
import { goOnAt, Keeper } from "./place";
import { Pulse } from "./pulse";
import { Renewal } from "./renewal";
import { Starts } from "./starts";
import { captionsToShow, type Happening, initial, OFF, type PlayerState, reduce, type Stop } from "./state";
import * as stops from "./stops";

export type From = "ask" | "resume" | "start";

export interface Wishes {
  playableId: string;
  /** The entry of the tab's history that shows this: who was here before goes on without a question. */
  entry: string;
  from: From;
  /** Put HLS before DASH. */
  hlsFirst: boolean;
  /** The viewer is known to have a plan: a refusal for want of one is news that has not arrived yet. */
  hasPlan: () => boolean;
}

/** Resuming closer to the start than this is not worth a question: seconds, and share of a short film. */
const ASK_FROM = { seconds: 5, share: 0.05 };

export class Playback {
  #wishes: Wishes;
  #state: PlayerState = { ...initial, ...keptLoudness() };
  #listeners = new Set<() => void>();
  #engine: Engine | null = null;
  #pulse: Pulse | null = null;
  #video: HTMLVideoElement | null = null;
  #captions: HTMLElement | null = null;
  #session: PlaySession | null = null;
  #choices: Choices | null = null;
  /** The captions shown last, to be shown again by a key. */
  #lastCaption: string | null = null;
  #place: Keeper;
  #disposed = false;
  /** The page went away and may come back. */
  #left = false;
  #starts = new Starts();
  #renewal = new Renewal({
    ask: () => this.#ask(),
    holds: (old) => this.#session === old,
    onRenewed: (session, old) => void this.#renewed(session, old),
    onUnwanted: (session) => void goodbye(session.session_id, this.#place.now(this.#state)),
    onRefused: (error) => {
      this.#refused(error);
      void this.#letGo(false);
    },
    onReach: (online) => this.#happen({ type: "reach", online }),
  });
  /** Grows with every admission begun and everything let go: an answer to an earlier one comes too late. */
  #turn = 0;

  #unwatch: () => void;

  constructor(wishes: Wishes) {
    this.#place = new Keeper(wishes.entry, wishes.playableId);
    this.#wishes = this.#place.kept() ? { ...wishes, from: "resume" } : wishes;
    this.#unwatch = reach.subscribe(this.#reached);
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
      const told = t("player.unsupported");
      this.#happen({ type: "stopped", stop: { kind: "failed", sentence: told, traceId: "" } });
      return;
    }
    await this.#admit(() => this.#ask());
  }

  /** Everything again, as if the page had just been opened. */
  async restart(from: From): Promise<void> {
    this.#left = false;
    this.#place.keep(this.#state);
    this.#wishes = { ...this.#wishes, from };
    // The position is told by a beat, the slot is handed over by the start itself.
    this.#pulse?.beat();
    await this.#letGo(false);
    this.#happen({ type: "restart" });
    await this.#admit(() => this.#ask());
  }

  /** The page is seen, the network or the machine is back: look at once how the lease stands. */
  wake(): void {
    if (!this.#renewal.wake()) this.#pulse?.beat();
  }

  #reached = (): void => {
    const online = reach.view();
    this.#happen({ type: "reach", online });
    if (!online) return;
    this.wake();
    this.#engine?.again();
  };

  async takeOver(href: string): Promise<void> {
    this.#happen({ type: "restart" });
    await this.#admit(() => api.takeOver(href));
  }

  /** The answer to "resume or start over". */
  choose(from: "resume" | "start"): void {
    if (this.#state.phase !== "prompt") return;
    const at = from === "resume" ? this.#state.position : 0;
    this.#happen({ type: "load", position: at });
    void this.#load(at);
  }

  toggle(): void {
    if (this.#state.phase === "ended") this.#again();
    else if (this.#video?.paused) void this.#engine?.play();
    else this.#engine?.pause();
  }

  /** Go to a position in seconds. A film that had ended plays on from there. */
  seek(position: number): void {
    const ended = this.#state.phase === "ended";
    if (this.#state.phase === "ready" || ended) this.#engine?.seek(position);
    if (ended) void this.#engine?.play();
  }

  /** From the start, after the end. */
  #again(): void {
    if (this.#engine) this.seek(0);
    else void this.restart("start");
  }

  skip(seconds: number): void {
    this.seek((this.#video?.currentTime ?? 0) + seconds);
  }

  setVolume(volume: number, muted: boolean): void {
    this.#engine?.setVolume(volume, muted);
    this.#happen({ type: "media", change: { volume, muted } });
    keepLoudness({ volume, muted });
  }

  setRate(rate: number): void {
    this.#chosen(this.#engine?.tracks.setRate(rate));
  }

  setQuality(id: string): void {
    this.#chosen(this.#engine?.tracks.setQuality(id));
  }

  setCaption(id: string): void {
    this.#chosen(this.#engine?.tracks.setCaption(id));
  }

  toggleCaptions(): void {
    const { caption } = this.#state;
    if (caption !== OFF) this.#lastCaption = caption;
    this.setCaption(caption === OFF ? captionsToShow(this.#state, this.#lastCaption, language()) : OFF);
  }

  setAudio(id: string): void {
    this.#chosen(this.#engine?.tracks.setAudio(id));
  }

  /** It holds for this title from now on. */
  #chosen(change: Chosen | undefined): void {
    if (change && Object.keys(change).length > 0) this.#choices?.choose(change);
  }

  /** An address of this asset with the grant that is good now. */
  granted(uri: string): string {
    return this.#engine?.granted(uri) ?? uri;
  }

  /** Leave: end the session on the server and free the picture. */
  dispose(): void {
    this.#disposed = true;
    this.#unwatch();
    this.#place.keep(this.#state);
    const session = this.#session;
    const pulse = this.#pulse;
    const asks = session !== null && pulse?.silent === true;
    void this.#letGo(!asks);
    if (asks) void this.#farewell(session, pulse);
  }

  /** Left after a silence, a film may have ended without its viewer's knowing: they are told on the next screen. */
  async #farewell(session: PlaySession, pulse: Pulse): Promise<void> {
    this.#starts.leave();
    const why = await pulse.farewell();
    if (!why) void goodbye(session.session_id, this.#place.now(this.#state));
    else if (!stops.ranOut(why)) toasts.say(stops.told(stops.ofStream(why)));
  }

  /** The page is going away and may or may not come back. */
  leaveNow(): void {
    this.#place.keep(this.#state);
    void this.#letGo(true);
    if (this.#state.phase === "ended") return;
    this.#happen({ type: "restart" });
    this.#left = true;
  }

  /** The page has come back as it was left. */
  async returned(): Promise<void> {
    if (this.#left) await this.restart("resume");
  }

  #ask(): Promise<PlaySession> {
    return this.#starts.ask(this.#wishes.playableId);
  }

  async #admit(ask: () => Promise<PlaySession>): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    let session: PlaySession;
    try {
      session = await patiently(ask, {
        hasPlan: this.#wishes.hasPlan,
        wanted: () => turn === this.#turn,
        onReach: (online) => this.#happen({ type: "reach", online }),
      });
    } catch (error) {
      if (turn === this.#turn) this.#refused(error);
      return;
    }
    if (this.#disposed || turn !== this.#turn) {
      void api.leave(session.session_id, session.resume_at);
      return;
    }
    this.#hold(session);
    const wish = this.#wishes.from;
    const worthAsking = Math.min(ASK_FROM.seconds, session.duration * ASK_FROM.share);
    const asks = wish === "ask" && session.resume_at > 0 && session.resume_at >= worthAsking;
    const place = wish === "resume" ? this.#place.kept() : null;
    const at = wish === "start" ? 0 : goOnAt(place, session.resume_at);
    this.#place.known(session.resume_at);
    this.#happen({ type: "admitted", session, ask: asks });
    if (asks) return;
    this.#happen({ type: "load", position: at });
    await this.#load(at);
  }

  async #load(position: number): Promise<void> {
    const session = this.#session;
    if (!session || !this.#video || !this.#captions) return;
    const { hls, dash } = session.manifests;
    // What an engine says after it was let go is about a picture nobody sees.
    const present = () => this.#engine === engine;
    const engine: Engine = new Engine(this.#video, this.#captions, {
      onChange: (change) => present() && this.#media(change),
      onEnded: () => {
        if (!present()) return;
        this.#place.end(this.#state);
        this.#happen({ type: "ended" });
        this.#pulse?.beat();
      },
      onSeeked: () => present() && this.#pulse?.beat(),
      onReach: (online) => present() && this.#happen({ type: "reach", online }),
      onFailed: (code) => present() && this.#failed(code),
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
      if (present()) this.#failed((error as { code?: number }).code ?? 0);
      return;
    }
    if (!present()) return;
    if (this.#choices) engine.tracks.choose(this.#choices.now());
    this.#happen({ type: "loaded", duration: this.#video.duration || (session.duration ?? 0) });
    await engine.play();
  }

  #hold(session: PlaySession): void {
    this.#session = session;
    void this.#meetChoices(session);
    hold(session.session_id);
    this.#pulse?.stop();
    this.#pulse = this.#beating(session);
    this.#pulse.start();
  }

  /** What was chosen for this title before, here at once and elsewhere as soon as that is known. */
  async #meetChoices({ title }: PlaySession): Promise<void> {
    if (!title || this.#choices) return;
    const choices = new Choices(title.id);
    this.#choices = choices;
    const met = await choices.meet();
    if (met && this.#choices === choices && this.#state.phase === "ready") this.#engine?.tracks.choose(met);
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
        this.#place.telling(body.position);
        const answer = await api.heartbeat(session.session_id, body);
        this.#place.known(body.position);
        if (body.qoe) this.#engine?.accepted(body.qoe);
        // Whoever has seen a film to its end holds no screen while thinking about what is next.
        if (body.state === "ended" && this.#state.phase === "ended" && this.#session === session)
          void this.#letGo(true);
        return answer;
      },
      onRenewed: ({ grant, max_height }) => {
        if (grant) this.#engine?.setGrant(grantOf(grant));
        // A plan may have become smaller or larger while its film runs.
        this.#engine?.limit(max_height ?? null);
      },
      onLost: (why) => this.#lost(session, why),
      onReach: (online) => this.#happen({ type: "reach", online }),
    });
  }

  /** The server no longer knows this stream as running. */
  #lost(session: PlaySession, why: Problem): void {
    if (this.#session !== session) return;
    lose(session.session_id);
    if (this.#state.phase === "ended") {
      void this.#letGo(false);
      return;
    }
    // What ran out by itself is nothing to trouble the viewer with.
    if (stops.ranOut(why)) this.#renewal.expired(session, document.hidden && this.#state.paused);
    else this.#stop(stops.ofStream(why));
  }

  /** The same film goes on under a new lease, without a gap. */
  async #renewed(session: PlaySession, old: PlaySession): Promise<void> {
    this.#hold(session);
    this.#happen({ type: "renewed", session });
    if (ungranted(session.manifests.dash) === ungranted(old.manifests.dash)) {
      this.#engine?.setGrant(grantOf(session.manifests.dash));
      this.#engine?.limit(session.max_height ?? null);
    } else if (this.#engine) {
      // The film was replaced by another encoding meanwhile.
      const engine = this.#engine;
      this.#engine = null;
      await engine.destroy();
      if (this.#session === session) await this.#load(this.#state.position);
    }
  }

  #playState(): PlayState {
    if (this.#state.phase === "ended") return "ended";
    if (this.#state.buffering && this.#state.phase === "ready") return "buffering";
    return this.#state.paused ? "paused" : "playing";
  }

  #media(change: Partial<PlayerState>): void {
    const { paused } = this.#state;
    this.#happen({ type: "media", change });
    if (change.position !== undefined) this.#place.moved(this.#state);
    // The position at a pause is the one to come back to: tell it at once.
    if (change.paused !== undefined && change.paused !== paused && this.#state.phase === "ready") this.wake();
  }

  #refused(error: unknown): void {
    if (this.#disposed || error instanceof SignedOut) return;
    this.#happen({ type: "stopped", stop: stops.ofStart(asProblem(error)) });
  }

  #failed(code: number): void {
    this.#happen({ type: "stopped", stop: stops.ofMedia(code) });
    void this.#letGo(true);
  }

  /** There is no stream to go on with, and the server knows. */
  #stop(stop: Stop): void {
    this.#happen({ type: "stopped", stop });
    void this.#letGo(false);
  }

  /** Stop the heartbeats and the engine; `tell` the server unless it already ended the session. */
  async #letGo(tell: boolean): Promise<void> {
    const session = this.#session;
    const engine = this.#engine;
    this.#pulse?.stop();
    this.#pulse = null;
    this.#session = null;
    this.#engine = null;
    this.#renewal.forget();
    this.#turn += 1;
    if (tell) this.#starts.leave();
    if (session && tell) void goodbye(session.session_id, this.#place.now(this.#state));
    await engine?.destroy();
  }

  #happen(event: Happening): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
