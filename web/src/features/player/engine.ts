// Shaka Player behind the few verbs this app needs. Knows media, not sessions.
import shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";
import type { Qoe } from "@/shared/api/shapes";
import { withGrant } from "./grant";
import { type Account, QoeMeter } from "./qoe";
import type { PlayerState } from "./state";
import { Tracks } from "./tracks";

export interface EngineEvents {
  onChange: (change: Partial<PlayerState>) => void;
  onEnded: () => void;
  onSeeked: () => void;
  onFailed: (code: number) => void;
}

/** Manifests to try, in this order. */
export type Sources = readonly string[];

/** HTTP statuses the edge answers when a grant is out of date: a later request carries a newer one. */
const GRANT_REFUSED = new Set([401, 403]);

let installed = false;

/** How long the player may wait with nothing buffered and nothing arriving before it is looked at. Milliseconds. */
const STUCK_AFTER = 2_500;

export class Engine {
  readonly video: HTMLVideoElement;
  readonly tracks: Tracks;
  #player: shaka.Player;
  #events: EngineEvents;
  #listening = new AbortController();
  #grant: string | null = null;
  #stuck: ReturnType<typeof setTimeout> | undefined;
  #received = -1;
  #maxHeight: number | null = null;
  #meter = new QoeMeter(() => performance.now());

  static supported(): boolean {
    if (!installed) {
      shaka.polyfill.installAll();
      installed = true;
    }
    return shaka.Player.isBrowserSupported();
  }

  constructor(video: HTMLVideoElement, captionsInto: HTMLElement, events: EngineEvents) {
    this.video = video;
    this.#events = events;
    this.#player = new shaka.Player();
    this.tracks = new Tracks(this.#player, video, events.onChange);
    this.#player.setVideoContainer(captionsInto);
    this.#player.configure({
      streaming: {
        bufferingGoal: 30,
        rebufferingGoal: 1,
        bufferBehind: 30,
        retryParameters: { maxAttempts: 6, baseDelay: 500, backoffFactor: 1.6, timeout: 15_000 },
      },
      manifest: { retryParameters: { maxAttempts: 3, baseDelay: 400, timeout: 10_000 } },
      abr: { enabled: true, restrictToElementSize: false },
    });
    this.#listen();
  }

  /** Load the first source that works and start at `position` seconds. */
  async load(sources: Sources, position: number, maxHeight: number | null): Promise<void> {
    this.#meter.asked();
    this.limit(maxHeight);
    await this.#player.attach(this.video);
    this.#player.getNetworkingEngine()?.registerRequestFilter((_type, request) => {
      const grant = this.#grant;
      if (grant) request.uris = request.uris.map((uri) => withGrant(uri, grant));
    });
    for (const [index, source] of sources.entries()) {
      try {
        await this.#player.load(source, position);
        break;
      } catch (error) {
        const last = index === sources.length - 1;
        if (last || (error as shaka.util.Error).code === shaka.util.Error.Code.LOAD_INTERRUPTED) throw error;
      }
    }
    this.tracks.changed();
  }

  async play(): Promise<void> {
    try {
      await this.video.play();
      this.#events.onChange({ blocked: false });
    } catch (error) {
      if ((error as DOMException).name === "NotAllowedError") this.#events.onChange({ blocked: true });
    }
  }

  pause(): void {
    this.video.pause();
  }

  seek(position: number): void {
    const end = Number.isFinite(this.video.duration) ? this.video.duration : position;
    this.video.currentTime = Math.min(Math.max(0, position), Math.max(0, end - 0.1));
    this.#events.onChange({ position: this.video.currentTime });
  }

  setVolume(volume: number, muted: boolean): void {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = muted;
  }

  /** Choose no rendition above this height in pixels; null: any. */
  limit(maxHeight: number | null): void {
    if (maxHeight === this.#maxHeight) return;
    this.#maxHeight = maxHeight;
    this.#player.configure({ restrictions: { maxHeight: maxHeight ?? Number.POSITIVE_INFINITY } });
  }

  /** Requests from now on carry this grant. */
  setGrant(grant: string): void {
    this.#grant = grant;
  }

  granted(uri: string): string {
    return this.#grant ? withGrant(uri, this.#grant) : uri;
  }

  /** What the viewer has borne since the last accepted account of it. */
  qoe(): Account & Qoe {
    const { droppedFrames, streamBandwidth } = this.#player.getStats();
    return {
      ...this.#meter.account(Math.max(0, droppedFrames)),
      ...(streamBandwidth > 0 ? { bitrate: Math.round(streamBandwidth) } : {}),
      ...(this.video.videoHeight ? { height: this.video.videoHeight } : {}),
    };
  }

  /** The server has taken `account`. */
  accepted(account: Account): void {
    this.#meter.accepted(account);
  }

  async destroy(): Promise<void> {
    clearTimeout(this.#stuck);
    this.#listening.abort();
    await this.#player.destroy();
  }

  #listen(): void {
    const { video } = this;
    const { signal } = this.#listening;
    const on = (type: keyof HTMLMediaElementEventMap, act: () => void) =>
      video.addEventListener(type, act, { signal });
    const tell = this.#events.onChange;
    on("play", () => tell({ paused: false }));
    // The end pauses too, but says so itself.
    on("pause", () => !video.ended && tell({ paused: true }));
    on("playing", () => this.#meter.moves());
    on("timeupdate", () => tell({ position: video.currentTime, bufferedTo: this.#bufferedTo() }));
    on("progress", () => tell({ bufferedTo: this.#bufferedTo() }));
    on("durationchange", () => Number.isFinite(video.duration) && tell({ duration: video.duration }));
    on("volumechange", () => tell({ volume: video.volume, muted: video.muted }));
    on("ratechange", () => video.playbackRate > 0 && tell({ rate: video.playbackRate }));
    on("resize", () => tell({ height: video.videoHeight }));
    on("seeked", () => this.#events.onSeeked());
    on("ended", () => this.#events.onEnded());
    const player = this.#player as unknown as EventTarget;
    const hear = (type: string, act: (event: Event) => void) => player.addEventListener(type, act);
    hear("buffering", (event) => {
      const { buffering } = event as Event & { buffering: boolean };
      tell({ buffering });
      this.#meter.buffering(buffering, video.seeking);
      clearTimeout(this.#stuck);
      if (buffering) this.#stuck = setTimeout(() => void this.#unstick(), STUCK_AFTER);
    });
    for (const type of [
      "trackschanged",
      "adaptation",
      "variantchanged",
      "textchanged",
      "audiotrackschanged",
    ]) {
      hear(type, () => this.tracks.changed());
    }
    hear("error", (event) => this.#failed((event as Event & { detail: shaka.util.Error }).detail));
  }

  /**
   * A seek that meets the change of a quality can abort the new rendition's header, which Shaka then never asks for again:
   * the player would wait for ever beside a working network. Loading again at the same place mends it.
   */
  async #unstick(): Promise<void> {
    const { video } = this;
    const uri = this.#player.getAssetUri();
    const received = this.#player.getStats().bytesDownloaded;
    const silent = received === this.#received;
    this.#received = received;
    if (uri && silent && this.#bufferedTo() <= video.currentTime) {
      const paused = video.paused;
      try {
        await this.#player.load(uri, video.currentTime);
      } catch (error) {
        this.#failed(error as shaka.util.Error);
        return;
      }
      this.tracks.again();
      if (!paused) void this.play();
      return;
    }
    this.#stuck = setTimeout(() => void this.#unstick(), STUCK_AFTER);
  }

  #failed(error: shaka.util.Error): void {
    if (error.severity !== shaka.util.Error.Severity.CRITICAL) return;
    if (error.category === shaka.util.Error.Category.NETWORK && this.#retry(error)) return;
    this.#events.onFailed(error.code);
  }

  /** A dead network or an old grant mends itself; anything else does not. */
  #retry(error: shaka.util.Error): boolean {
    const status = error.code === shaka.util.Error.Code.BAD_HTTP_STATUS ? Number(error.data[1]) : 0;
    if (status !== 0 && status < 500 && !GRANT_REFUSED.has(status)) return false;
    return this.#player.retryStreaming(2);
  }

  #bufferedTo(): number {
    const { buffered, currentTime } = this.video;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.25 && buffered.end(i) >= currentTime) return buffered.end(i);
    }
    return currentTime;
  }
}
