// The place on screen, kept in this tab: a reload, back and forward go on there without a question.
import { tab } from "@/shared/lib/storage";

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

export function keepPlace(place: Place): void {
  tab.setItem(KEY, JSON.stringify(place));
}

export function forgetPlace(): void {
  tab.removeItem(KEY);
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
