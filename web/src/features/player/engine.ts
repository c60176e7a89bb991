// Shaka Player behind the few verbs this app needs. Knows media, not sessions.
import shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";
import { reach } from "@/shared/api/reach";
import type { Qoe } from "@/shared/api/shapes";
import { isSupported, newPlayer } from "@/shared/media/shaka";
import { mends } from "./faults";
import { withGrant } from "./grant";
import { type Account, QoeMeter } from "./qoe";
import type { PlayerState } from "./state";
import { Tracks } from "./tracks";
import type { Measured } from "./viewing-account";

export interface EngineEvents {
  onChange: (change: Partial<PlayerState>) => void;
  onEnded: () => void;
  onSeeked: () => void;
  /** Whether what the film is made of can be had, while there is no picture yet. */
  onReach: (online: boolean) => void;
  onFailed: (code: number) => void;
}

/** Manifests to try, in this order. */
export type Sources = readonly string[];

/** Engines on their way out of a picture: one that leaves empties the element, also under a film that came after it. */
const leaving = new WeakMap<HTMLVideoElement, Promise<void>>();

/** How long the player may wait with nothing buffered and nothing arriving before it is looked at. Milliseconds. */
const STUCK_AFTER = 2_500;
/** Wait between trying to load a film while the network is away. Milliseconds. */
const LOAD_AGAIN = 2_000;
const ANY_VIDEO = { label: "", role: "", language: "", codec: "", layout: "" };
/** Wait before asking again for pieces of a film that failed. Seconds. */
const RETRY_STREAMING = 2;

/** Left to itself Shaka takes any screen of many colours for one of a wide range of light. */
const screenForHdr = () => globalThis.matchMedia?.("(dynamic-range: high)").matches ?? false;

export class Engine {
  readonly video: HTMLVideoElement;
  readonly tracks: Tracks;
  #player: shaka.Player;
  #events: EngineEvents;
  #listening = new AbortController();
  #grant: string | null = null;
  #stuck: ReturnType<typeof setTimeout> | undefined;
  #received = -1;
  /** A request failed since anything arrived. */
  #cut = false;
  #maxHeight: number | null = null;
  #meter = new QoeMeter(() => performance.now());

  static supported(): boolean {
    return isSupported();
  }

  constructor(video: HTMLVideoElement, captionsInto: HTMLElement, events: EngineEvents) {
    this.video = video;
    this.#events = events;
    this.#player = newPlayer();
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
      preferredVideo: [{ ...ANY_VIDEO, hdrLevel: screenForHdr() ? "AUTO" : "SDR" }],
    });
    this.#listen();
  }

  /** Load the first source that works and start at `position` seconds. While the network is away this waits for it. */
  async load(sources: Sources, position: number, maxHeight: number | null): Promise<void> {
    this.#meter.asked();
    this.limit(maxHeight);
    await leaving.get(this.video);
    await this.#player.attach(this.video);
    this.#player.getNetworkingEngine()?.registerRequestFilter((_type, request) => {
      const grant = this.#grant;
      if (grant) request.uris = request.uris.map((uri) => withGrant(uri, grant));
    });
    for (let tries = 1; !(await this.#loaded(sources, position, tries)); tries++) {
      this.#events.onReach(false);
      await reach.back(LOAD_AGAIN);
      if (this.#listening.signal.aborted) return;
    }
    this.#events.onReach(true);
    this.#restrict();
    this.tracks.changed();
  }

  /** Whether one of `sources` plays now; not, where that may still come. Throws what does not mend. */
  async #loaded(sources: Sources, position: number, tries: number): Promise<boolean> {
    for (const [index, source] of sources.entries()) {
      try {
        await this.#player.load(source, position);
        return true;
      } catch (thrown) {
        const error = thrown as shaka.util.Error;
        if (error.code === shaka.util.Error.Code.LOAD_INTERRUPTED) throw error;
        if (index < sources.length - 1) continue;
        if (!mends(error, tries)) throw error;
      }
    }
    return false;
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
    // The load is over before there is a picture, which Shaka then puts at its start: to be moved after that.
    if (this.video.readyState < this.video.HAVE_METADATA) {
      const { signal } = this.#listening;
      this.video.addEventListener("loadedmetadata", () => this.seek(position), { once: true, signal });
      this.#events.onChange({ position });
      return;
    }
    const end = Number.isFinite(this.video.duration) ? this.video.duration : position;
    this.video.currentTime = Math.min(Math.max(0, position), Math.max(0, end - 0.1));
    this.#events.onChange({ position: this.#at() });
  }

  setVolume(volume: number, muted: boolean): void {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = muted;
  }

  /** Choose no rendition of more lines than this; null: any. */
  limit(maxHeight: number | null): void {
    if (maxHeight === this.#maxHeight) return;
    this.#maxHeight = maxHeight;
    this.#restrict();
  }

  /** An upright picture has as many lines as it is wide. Which it is nobody knows until the film is loaded, of what its grant opens. */
  #restrict(): void {
    const tracks = this.#player.getVariantTracks();
    if (!tracks.length) return;
    const upright = tracks.some(({ width, height }) => Number(height) > Number(width));
    const [most, any] = [this.#maxHeight ?? Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const [maxWidth, maxHeight] = upright ? [most, any] : [any, most];
    this.#player.configure({ restrictions: { maxWidth, maxHeight } });
  }

  /** Requests from now on carry this grant. */
  setGrant(grant: string): void {
    const changed = grant !== this.#grant;
    this.#grant = grant;
    if (changed && this.#cut) this.again();
  }

  /** The network may be back: ask at once for what is missing. */
  again(): void {
    if (this.#cut) this.#player.retryStreaming(0);
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

  /** How the whole play has gone until now. */
  measured(): Measured {
    const stats = this.#player.getStats();
    const bits = (found: number) => (Number.isFinite(found) && found > 0 ? found : 0);
    return {
      ...this.#meter.whole(),
      dropped: Math.max(0, bits(stats.droppedFrames)),
      // The first is no change.
      switches: Math.max(0, stats.switchHistory.length - 1),
      height: this.video.videoHeight || 0,
      bitrate: bits(stats.streamBandwidth),
      throughput: bits(stats.estimatedBandwidth),
    };
  }

  /** The server has taken `account`. */
  accepted(account: Account): void {
    this.#meter.accepted(account);
  }

  async destroy(): Promise<void> {
    clearTimeout(this.#stuck);
    this.#listening.abort();
    const left = Promise.all([leaving.get(this.video), this.#player.destroy()]).then(() => {});
    leaving.set(this.video, left);
    await left;
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
    on("timeupdate", () => tell({ position: this.#at(), bufferedTo: this.#bufferedTo() }));
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
      if (buffering) this.#look();
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
   * the player would wait for ever beside a working network. Loading again at the same place mends it. Beside a network
   * that is away it would only lose the picture.
   */
  async #unstick(): Promise<void> {
    const { video } = this;
    const uri = this.#player.getAssetUri();
    const received = this.#player.getStats().bytesDownloaded;
    const silent = received === this.#received;
    this.#received = received;
    if (!silent) this.#cut = false;
    const stuck = silent && this.#bufferedTo() <= video.currentTime;
    if (!uri || !stuck || !(await this.#there(uri))) {
      this.#look();
    } else if (this.#cut) {
      this.again();
      this.#cut = false;
      this.#look();
    } else {
      await this.#reload(uri);
    }
  }

  /** Look in a while whether the player is stuck. */
  #look(): void {
    clearTimeout(this.#stuck);
    if (!this.#listening.signal.aborted) this.#stuck = setTimeout(() => void this.#unstick(), STUCK_AFTER);
  }

  /** Whether the film's own address answers. */
  async #there(uri: string): Promise<boolean> {
    const asked = { cache: "no-store", signal: AbortSignal.timeout(STUCK_AFTER) } as const;
    const answer = await fetch(this.granted(uri), asked).catch(() => null);
    return answer?.ok ?? false;
  }

  async #reload(uri: string): Promise<void> {
    const { currentTime, paused } = this.video;
    const { signal } = this.#listening;
    try {
      while (!signal.aborted && !(await this.#loaded([uri], currentTime, 1))) await reach.back(LOAD_AGAIN);
    } catch (error) {
      this.#failed(error as shaka.util.Error);
      return;
    }
    if (signal.aborted) return;
    this.tracks.again();
    if (!paused) void this.play();
  }

  #failed(error: shaka.util.Error): void {
    if (error.severity !== shaka.util.Error.Severity.CRITICAL) return;
    this.#cut = mends(error);
    // False where nothing is loaded that could go on.
    if (this.#cut && this.#player.retryStreaming(RETRY_STREAMING)) return;
    this.#events.onFailed(error.code);
  }

  /** Seconds from the film's beginning. Chromium's own clock is now and then a moment before it, just after a start. */
  #at(): number {
    return Math.max(0, this.video.currentTime);
  }

  #bufferedTo(): number {
    const { buffered, currentTime } = this.video;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.25 && buffered.end(i) >= currentTime) return buffered.end(i);
    }
    return currentTime;
  }
}
