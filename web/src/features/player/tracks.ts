// What of a film is played: its quality, audio, captions and speed, chosen here or as they were chosen before.
import type shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";
import type { Track } from "@/shared/api/shapes";
import { type Chosen, forcedFor, meant, nearestQuality, qualityLabel } from "./choices";
import { AUTO, type Choice, OFF, type PlayerState } from "./state";
import { trackName } from "./track-names";

/** Each setter returns what the choice means in any film. */
export class Tracks {
  #player: shaka.Player;
  #video: HTMLVideoElement;
  #tell: (change: Partial<PlayerState>) => void;
  #widths = new Map<number, number>();
  #quality = AUTO;
  #chosen: Chosen = {};

  constructor(player: shaka.Player, video: HTMLVideoElement, tell: (change: Partial<PlayerState>) => void) {
    this.#player = player;
    this.#video = video;
    this.#tell = tell;
  }

  setRate(rate: number): Chosen {
    // The default too: the picture goes back to it whenever it is loaded.
    this.#video.defaultPlaybackRate = rate;
    this.#video.playbackRate = rate;
    return this.#remember({ rate });
  }

  setQuality(id: string): Chosen {
    this.#hold(id);
    return this.#remember({ quality: this.#quality });
  }

  setCaption(id: string): Chosen {
    const track = this.#player.getTextTracks().find((text) => String(text.id) === id);
    if (track) this.#player.selectTextTrack(track);
    else this.#unread();
    this.#tell({ caption: track ? id : OFF });
    return this.#remember({ captions: track ? nameOf(track) : OFF });
  }

  setAudio(id: string): Chosen {
    const track = this.#player.getAudioTracks().find((audio) => audioId(audio) === id);
    if (!track) return {};
    this.#player.selectAudioTrack(track);
    if (!this.#read()) this.#unread();
    this.#tell({ audio: id });
    return this.#remember({ audio: nameOf(track) });
  }

  /** Choose what was chosen before, as far as this film has it. */
  choose(chosen: Chosen): void {
    this.#chosen = chosen;
    this.setRate(chosen.rate ?? 1);
    const audio = meant(this.#player.getAudioTracks(), chosen.audio);
    if (audio && !audio.active) this.#player.selectAudioTrack(audio);
    const words = chosen.captions === OFF ? undefined : meant(this.#choosable(), chosen.captions);
    if (words && !words.active) this.#player.selectTextTrack(words);
    if (!words && (chosen.captions === OFF || !this.#read())) this.#unread();
    const heights = this.#player.getVariantTracks().flatMap(({ height }) => height ?? []);
    const quality = nearestQuality(chosen.quality ?? AUTO, heights);
    if (quality) this.#hold(quality);
    this.changed();
  }

  /** The film was loaded anew, which forgets what was chosen. */
  again(): void {
    this.choose(this.#chosen);
  }

  /** Tell what there is to choose from, and what plays. */
  changed(): void {
    // A rendition whose segments failed is set aside for a while; it is still one of the film's qualities.
    for (const { width, height } of this.#player.getVariantTracks())
      if (height) this.#widths.set(height, width ?? 0);
    const qualities = [...this.#widths].sort(([a], [b]) => b - a);
    const texts = this.#choosable();
    const audios = this.#player.getAudioTracks();
    const active = audios.find((track) => track.active);
    const text = this.#read();
    this.#tell({
      qualities: qualities.map(([height, width]) => ({
        id: String(height),
        label: qualityLabel(width, height),
      })),
      height: this.#video.videoHeight,
      captions: texts.map((track) => ({
        id: String(track.id),
        label: trackName(track),
        language: track.language,
      })),
      caption: text ? String(text.id) : OFF,
      audios: distinct(audios.map((track) => ({ id: audioId(track), label: trackName(track) }))),
      audio: active ? audioId(active) : "",
    });
  }

  #choosable(): shaka.extern.TextTrack[] {
    return this.#player.getTextTracks().filter(({ forced }) => !forced);
  }

  /** The captions on screen that somebody chose. */
  #read(): shaka.extern.TextTrack | undefined {
    return this.#choosable().find((track) => track.active);
  }

  #heard(): shaka.extern.AudioTrack | undefined {
    return this.#player.getAudioTracks().find((track) => track.active);
  }

  /** No captions, but for what the sound leaves unsaid. */
  #unread(): void {
    const forced = forcedFor(this.#player.getTextTracks(), this.#heard()?.language);
    if (!forced?.active) this.#player.selectTextTrack(forced ?? null);
  }

  #remember(change: Chosen): Chosen {
    this.#chosen = { ...this.#chosen, ...change };
    return change;
  }

  /** Hold a quality, or leave it to the network. */
  #hold(id: string): void {
    this.#quality = id;
    if (id === AUTO) {
      this.#player.configure({ abr: { enabled: true } });
    } else {
      this.#player.configure({ abr: { enabled: false } });
      const heard = this.#heard();
      const variants = this.#player.getVariantTracks();
      const range = variants.find((variant) => variant.active)?.hdr;
      const same = (variant: shaka.extern.Track) =>
        8 * Number(variant.hdr === range) +
        4 * Number(variant.language === heard?.language) +
        2 * Number(variant.channelsCount === heard?.channelsCount) +
        Number(String(variant.audioRoles ?? []) === String(heard?.roles ?? []));
      const track = variants
        .filter((variant) => String(variant.height) === id)
        // The sound stays the one that plays, and not the commentary in its language; the picture HDR or SDR as it is.
        .sort((a, b) => same(b) - same(a) || b.bandwidth - a.bandwidth)[0];
      if (!track) {
        this.#hold(AUTO);
        return;
      }
      this.#player.selectVariantTrack(track, true);
    }
    this.#tell({ quality: id });
  }
}

function nameOf({ language, label }: { language: string; label: string | null }): Track {
  return { language: language || "und", ...(label ? { label } : {}) };
}

function audioId(track: shaka.extern.AudioTrack): string {
  return `${track.language}/${track.label ?? ""}/${track.roles.join("+")}`;
}

function distinct(choices: Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.id, choice])).values()];
}
