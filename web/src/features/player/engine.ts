// Shaka Player behind the few verbs this app needs. Knows media, not sessions.
import shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";
import type { Qoe } from "@/shared/api/shapes";
import { languageName } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";
import { withGrant } from "./grant";
import { type Account, QoeMeter } from "./qoe";
import { AUTO, type Choice, OFF, type PlayerState } from "./state";

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
  #player: shaka.Player;
  #events: EngineEvents;
  #listening = new AbortController();
  #grant: string | null = null;
  #heights = new Set<number>();
  #stuck: ReturnType<typeof setTimeout> | undefined;
  #received = -1;
  #quality = AUTO;
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
    this.#tracksChanged();
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

  setRate(rate: number): void {
    this.video.playbackRate = rate;
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

  setQuality(id: string): void {
    this.#quality = id;
    if (id === AUTO) {
      this.#player.configure({ abr: { enabled: true } });
    } else {
      this.#player.configure({ abr: { enabled: false } });
      const language = this.#player.getAudioTracks().find((track) => track.active)?.language;
      const track = this.#player
        .getVariantTracks()
        .filter((variant) => String(variant.height) === id)
        .sort(
          (a, b) =>
            Number(b.language === language) - Number(a.language === language) || b.bandwidth - a.bandwidth,
        )[0];
      if (!track) {
        this.setQuality(AUTO);
        return;
      }
      this.#player.selectVariantTrack(track, true);
    }
    this.#events.onChange({ quality: id });
  }

  setCaption(id: string): void {
    const track = this.#player.getTextTracks().find((text) => String(text.id) === id);
    this.#player.selectTextTrack(track ?? null);
    this.#events.onChange({ caption: track ? id : OFF });
  }

  setAudio(id: string): void {
    const track = this.#player.getAudioTracks().find((audio) => audioId(audio) === id);
    if (track) this.#player.selectAudioTrack(track);
    this.#events.onChange({ audio: id });
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
      hear(type, () => this.#tracksChanged());
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
      if (this.#quality !== AUTO) this.setQuality(this.#quality);
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

  #tracksChanged(): void {
    // A rendition whose segments failed is set aside for a while; it is still one of the film's qualities.
    for (const { height } of this.#player.getVariantTracks()) if (height) this.#heights.add(height);
    const qualities = [...this.#heights].sort((a, b) => b - a);
    const texts = this.#player.getTextTracks();
    const audios = this.#player.getAudioTracks();
    const active = audios.find((track) => track.active);
    const text = texts.find((track) => track.active);
    this.#events.onChange({
      qualities: qualities.map((height) => ({ id: String(height), label: qualityLabel(height) })),
      height: this.video.videoHeight,
      captions: texts.map((track) => ({
        id: String(track.id),
        label: track.label ?? trackName(track.language),
      })),
      caption: text ? String(text.id) : OFF,
      audios: distinct(
        audios.map((track) => ({ id: audioId(track), label: track.label ?? trackName(track.language) })),
      ),
      audio: active ? audioId(active) : "",
    });
  }
}

function audioId(track: shaka.extern.AudioTrack): string {
  return `${track.language}/${track.label ?? ""}/${track.roles.join("+")}`;
}

function distinct(choices: Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.id, choice])).values()];
}

function qualityLabel(height: number): string {
  return height >= 2160 ? "4K" : `${height}p`;
}

function trackName(code: string): string {
  return code === "" || code === "und" ? t("player.original") : languageName(code);
}
