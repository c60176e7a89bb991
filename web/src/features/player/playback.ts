// One viewing from the decision to the last goodbye: joins the lease and the engine into one state.

import { asProblem, type Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import type { PlaySession, PlayState } from "@/shared/api/shapes";
import { language, t } from "@/shared/i18n/i18n";
import { SignedOut } from "@/shared/session/session";
import { toasts } from "@/shared/ui/toasts";
import { Beacons } from "./beacons";
import { Choices, type Chosen } from "./choices";
import { Engine } from "./engine";
import { grantOf, ungranted } from "./grant";
import { Lease } from "./lease";
import { keepLoudness, keptLoudness } from "./loudness";
import { goOnAt, Keeper } from "./place";
import { captionsToShow, type Happening, initial, OFF, type PlayerState, reduce, type Stop } from "./state";
import * as stops from "./stops";
import { type Measured, NOTHING_MEASURED } from "./viewing-account";

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
  #video: HTMLVideoElement | null = null;
  #captions: HTMLElement | null = null;
  #choices: Choices | null = null;
  /** The captions shown last, to be shown again by a key. */
  #lastCaption: string | null = null;
  #place: Keeper;
  #disposed = false;
  /** The page went away and may come back. */
  #left = false;
  #lease: Lease;
  /** Tells how the play that is held goes. */
  #beacons: Beacons | null = null;
  /** How it had gone when the engine was last there. */
  #measured: Measured = NOTHING_MEASURED;
  #unwatch: () => void;

  constructor(wishes: Wishes) {
    this.#place = new Keeper(wishes.entry, wishes.playableId);
    this.#wishes = this.#place.kept() ? { ...wishes, from: "resume" } : wishes;
    this.#lease = this.#leasing(wishes);
    this.#unwatch = reach.subscribe(this.#reached);
  }

  #leasing({ playableId, hasPlan }: Wishes): Lease {
    return new Lease({
      playableId,
      hasPlan,
      read: () => ({
        position: this.#state.position,
        state: this.#playState(),
        ...(this.#engine ? { qoe: this.#engine.qoe() } : {}),
      }),
      place: () => this.#place.now(this.#state),
      onTelling: ({ position }) => this.#place.telling(position),
      onTold: ({ position, qoe }) => {
        this.#place.known(position);
        if (qoe) this.#engine?.accepted(qoe);
      },
      // Whoever has seen a film to its end holds no screen while thinking about what is next.
      onOver: () => this.#state.phase === "ended" && void this.#letGo(true),
      onGranted: ({ grant, max_height }) => {
        if (grant) this.#engine?.setGrant(grantOf(grant));
        // A plan may have become smaller or larger while its film runs.
        this.#engine?.limit(max_height ?? null);
      },
      onRenewed: (session, old) => void this.#renewed(session, old),
      onLost: (session, why) => this.#lost(session, why),
      onRefused: (error) => {
        this.#refused(error);
        void this.#letGo(false);
      },
      onReach: (online) => this.#happen({ type: "reach", online }),
    });
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
    await this.#admit();
  }

  /** Everything again, as if the page had just been opened. */
  async restart(from: From): Promise<void> {
    this.#left = false;
    this.#place.keep(this.#state);
    this.#wishes = { ...this.#wishes, from };
    // The position is told by a beat, the slot is handed over by the start itself.
    this.#lease.beat();
    await this.#letGo(false);
    this.#happen({ type: "restart" });
    await this.#admit();
  }

  /** The page is seen, the network or the machine is back: look at once how the lease stands. */
  wake(): void {
    this.#lease.wake();
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
    await this.#admit(href);
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
    this.seek(this.#state.position + seconds);
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
    const farewell = this.#lease.silent ? this.#lease.farewell() : null;
    void this.#letGo(farewell === null);
    // After a silence a film may have ended without its viewer's knowing: they are told on the next screen.
    void farewell?.then(
      (why) => why && stops.concernsLeaver(why) && toasts.say(stops.told(stops.ofStream(why))),
    );
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

  async #admit(href?: string): Promise<void> {
    const session = await this.#lease.admit(href);
    if (!session) return;
    this.#tellOf(session);
    void this.#meetChoices(session);
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
    const session = this.#lease.session;
    if (!session || !this.#video || !this.#captions) return;
    const { hls, dash } = session.manifests;
    // What an engine says after it was let go is about a picture nobody sees.
    const present = () => this.#engine === engine;
    const engine: Engine = new Engine(this.#video, this.#captions, {
      onChange: (change) => present() && this.#media(change),
      onEnded: () => {
        if (!present()) return;
        this.#place.end(this.#state);
        this.#beacons?.end("ended");
        this.#happen({ type: "ended" });
        this.#lease.beat();
      },
      onSeeked: () => present() && this.#lease.beat(),
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

  #tellOf(session: PlaySession): void {
    this.#beacons = new Beacons({
      session,
      playableId: this.#wishes.playableId,
      now: () => performance.now(),
      read: () => {
        this.#measured = this.#engine?.measured() ?? this.#measured;
        const { phase, paused, buffering, position } = this.#state;
        const ready = phase === "ready";
        const state = !ready ? "starting" : buffering ? "rebuffering" : paused ? "paused" : "playing";
        return { measured: this.#measured, moving: ready && !paused && !buffering, state, position };
      },
    });
  }

  /** What was chosen for this title before, here at once and elsewhere as soon as that is known. */
  async #meetChoices({ title }: PlaySession): Promise<void> {
    if (!title || this.#choices) return;
    const choices = new Choices(title.id);
    this.#choices = choices;
    const met = await choices.meet();
    if (met && this.#choices === choices && this.#state.phase === "ready") this.#engine?.tracks.choose(met);
  }

  /** The server no longer knows this stream as running. */
  #lost(session: PlaySession, why: Problem): void {
    if (this.#state.phase === "ended") {
      void this.#letGo(false);
      return;
    }
    // What ran out by itself is nothing to trouble the viewer with.
    if (stops.ranOut(why)) this.#lease.renew(session, document.hidden && this.#state.paused);
    else this.#stop(stops.ofStream(why));
  }

  /** The same film goes on under a new lease, without a gap. */
  async #renewed(session: PlaySession, old: PlaySession): Promise<void> {
    this.#beacons?.end("lost");
    this.#tellOf(session);
    this.#happen({ type: "renewed", session });
    if (ungranted(session.manifests.dash) === ungranted(old.manifests.dash)) {
      this.#engine?.setGrant(grantOf(session.manifests.dash));
      this.#engine?.limit(session.max_height ?? null);
    } else if (this.#engine) {
      // The film was replaced by another encoding meanwhile.
      const engine = this.#engine;
      this.#engine = null;
      await engine.destroy();
      if (this.#lease.session === session) await this.#load(this.#state.position);
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
    this.#beacons?.end("failed", code);
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
    this.#beacons?.end(tell ? "left" : "lost");
    this.#beacons = null;
    const engine = this.#engine;
    this.#engine = null;
    this.#measured = NOTHING_MEASURED;
    this.#lease.letGo(tell);
    await engine?.destroy();
  }

  #happen(event: Happening): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
