// The place on screen, kept in this tab: a reload, back and forward go on there without a question.
import { tab } from "@/shared/lib/storage";
import type { PlayerState } from "./state";

export interface Place {
  /** The entry of the tab's history that shows the film. */
  entry: string;
  playableId: string;
  /** Seconds. */
  position: number;
  /** Where the server may believe us to be: what it knew last for certain, then what else it was told. Seconds. */
  told: readonly number[];
  /** So near the end that the server takes the film for watched and would begin it anew. */
  over: boolean;
}

const KEY = "bijou.place";
/** Two positions this close are one: a film goes on while it is told. Seconds. */
const SAME = 1.5;
const UNHEARD = 3;
/** The place on screen is kept this often, and whenever it is left. Seconds. */
const KEEP_EVERY = 1;
/** From this share of a film on the server takes it for watched. */
const WATCHED = 0.95;
/** Before the end of a film. Seconds. */
const LAST_MOMENT = 0.5;

export function keepPlace(place: Place): void {
  tab.setItem(KEY, JSON.stringify(place));
}

/** The place kept for this entry and film, if the tab has been there before. */
export function keptPlace(entry: string, playableId: string): Place | null {
  try {
    const place = JSON.parse(tab.getItem(KEY) ?? "null") as Place | null;
    return place?.entry === entry && place.playableId === playableId ? place : null;
  } catch {
    return null;
  }
}

/** What is told now joins the last few of which nobody knows whether they arrived. */
export function withTold([known = 0, ...unheard]: readonly number[], position: number): number[] {
  return [known, ...unheard.slice(1 - UNHEARD), position];
}

/** Where to go on. The server knows better only where another screen has told it of another place since. */
export function goOnAt(place: Place | null, resumeAt: number): number {
  if (!place) return resumeAt;
  const unmoved = [...place.told, place.position].some((told) => Math.abs(told - resumeAt) <= SAME);
  return unmoved || (place.over && resumeAt === 0) ? place.position : resumeAt;
}

/** Keeps the place of one viewing, with what the server may believe of it. */
export class Keeper {
  #entry: string;
  #playableId: string;
  /** See `Place`. */
  #told: readonly number[] = [];
  #keptAt = Number.NEGATIVE_INFINITY;
  #movedAt = Date.now();

  constructor(entry: string, playableId: string) {
    this.#entry = entry;
    this.#playableId = playableId;
  }

  kept(): Place | null {
    return keptPlace(this.#entry, this.#playableId);
  }

  /** The server is being told of `position`: whether it hears is not known. */
  telling(position: number): void {
    this.#told = withTold(this.#told, position);
  }

  /** The server knows `position` for certain. */
  known(position: number): void {
    this.#told = [position];
  }

  /** The place on screen, with the moment in which it came to be: who paused here may have watched on elsewhere since. */
  now({ position }: PlayerState) {
    return { playableId: this.#playableId, position, at: this.#movedAt };
  }

  /** The picture moves. */
  moved(state: PlayerState): void {
    this.#movedAt = Date.now();
    if (Math.abs(state.position - this.#keptAt) >= KEEP_EVERY) this.keep(state);
  }

  /** A reload of what comes after a film comes back to that, by way of its last moment. After a trailer comes nothing. */
  end({ duration, session }: PlayerState): void {
    if (session?.trailer) tab.removeItem(KEY);
    else this.#write(Math.max(0, duration - LAST_MOMENT), true);
  }

  /** Now, while there is a picture. */
  keep({ phase, position, duration, session }: PlayerState): void {
    if (phase !== "ready") return;
    this.#keptAt = position;
    const credits = session?.markers?.credits_start ?? duration;
    this.#write(position, position >= Math.min(duration * WATCHED, credits));
  }

  #write(position: number, over: boolean): void {
    keepPlace({ entry: this.#entry, playableId: this.#playableId, position, told: this.#told, over });
  }
}
