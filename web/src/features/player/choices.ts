// What a viewer chose for a title: speed and quality on this device, audio and captions on all of theirs.
import type { Track } from "@/shared/api/shapes";
import * as api from "@/shared/api/watch";
import { device } from "@/shared/lib/storage";
import { session } from "@/shared/session/auth";

export interface Chosen {
  rate?: number;
  /** "auto" or a height in pixels. */
  quality?: string;
  /** Null: the film's own. */
  audio?: Track | null;
  captions?: Track | "off" | null;
}

interface Kept extends Chosen {
  /** The profile and the title. */
  of: string;
  /** Tracks that the server has yet to be told. */
  unsent?: boolean;
}

const KEY = "bijou.chosen";
/** Titles remembered on this device; the one chosen for longest ago goes first. */
const MOST = 100;

export class Choices {
  #titleId: string;
  #sending = false;
  /** How often the viewer has chosen tracks here: what was asked for before is no news after. */
  #made = 0;

  constructor(titleId: string) {
    this.#titleId = titleId;
  }

  /** What holds here. */
  now(): Chosen {
    return this.#kept();
  }

  /** The viewer chose something. */
  choose(change: Chosen): void {
    const tracks = "audio" in change || "captions" in change;
    this.#keep({ ...this.#kept(), ...change, ...(tracks ? { unsent: true } : {}) });
    if (!tracks) return;
    this.#made++;
    void this.#send();
  }

  /** What was chosen on another device since; null where that is nothing new. */
  async meet(): Promise<Chosen | null> {
    if (this.#kept().unsent) {
      await this.#send();
      return null;
    }
    const made = this.#made;
    try {
      const { audio = null, captions = null } = await api.tracks(this.#titleId);
      const kept = this.#kept();
      if (this.#made !== made || same({ audio, captions }, kept)) return null;
      const met = { ...kept, audio, captions };
      this.#keep(met);
      return met;
    } catch {
      return null; // What is known here does until the next viewing.
    }
  }

  /** Tell the server what holds here, one call at a time, so that the last one told is the last chosen. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let kept = this.#kept(); kept.unsent; kept = this.#kept()) {
        const { audio = null, captions = null } = kept;
        await api.chooseTracks(this.#titleId, { audio, captions });
        const { unsent, ...now } = this.#kept();
        if (unsent && same(kept, now)) this.#keep(now);
      }
    } catch {
      // Told with the next choice or the next viewing.
    } finally {
      this.#sending = false;
    }
  }

  #kept(): Kept {
    const of = `${session.view().profileId}/${this.#titleId}`;
    return all().find((kept) => kept.of === of) ?? { of };
  }

  #keep(kept: Kept): void {
    const others = all().filter(({ of }) => of !== kept.of);
    device.setItem(KEY, JSON.stringify([...others, kept].slice(-MOST)));
  }
}

/** The track that is meant: of the same language, and of the same name where there is one. */
export function meant<T extends { language: string; label?: string | null }>(
  tracks: readonly T[],
  wanted: Track | null | undefined,
): T | undefined {
  const spoken = tracks.filter(({ language }) => language === wanted?.language);
  return spoken.find(({ label }) => label === wanted?.label) ?? spoken[0];
}

/** The captions that belong to a sound whatever the viewer chose: what is not said in its language. */
export function forcedFor<T extends { language: string; forced: boolean }>(
  texts: readonly T[],
  spoken: string | undefined,
): T | undefined {
  return texts.find(({ language, forced }) => forced && language === spoken);
}

/** The quality nearest to the one wanted, and rather below it than above. */
export function nearestQuality(wanted: string, heights: readonly number[]): string | undefined {
  const most = Number(wanted);
  const below = heights.filter((height) => height <= most);
  const found = below.length > 0 ? Math.max(...below) : Math.min(...heights);
  return Number.isFinite(most) && Number.isFinite(found) ? String(found) : undefined;
}

// The heights of frames of 16 to 9 that pictures are called after.
const FRAMES = [240, 360, 480, 720, 1080, 1440] as const;

/** What a quality is called: by the frame that its picture fills, so that one of the cinema, 1152 by 480, is 720p. */
export function qualityLabel(width: number, height: number): string {
  const [long, short] = width > height ? [width, height] : [height, width];
  const frame = FRAMES.find((lines) => short <= lines && long <= (lines * 16) / 9 + 2);
  return frame ? `${frame}p` : "4K";
}

function all(): Kept[] {
  try {
    const kept: unknown = JSON.parse(device.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Kept[]) : [];
  } catch {
    return [];
  }
}

function same(one: Chosen, other: Chosen): boolean {
  const told = ({ audio = null, captions = null }: Chosen) =>
    [audio, captions].map((track) =>
      track && typeof track === "object" ? [track.language, track.label ?? null] : track,
    );
  return JSON.stringify(told(one)) === JSON.stringify(told(other));
}
