// What the player is doing, as one value, and how each happening changes it. No DOM, no network.
import type { ActiveStream, NextEpisode, PlaySession } from "@/shared/api/shapes";

export interface Choice {
  id: string;
  label: string;
  /** Of a track. */
  language?: string;
}

/** Why there is no picture. Each kind has its own screen and its own way out. */
export type Stop =
  | { kind: "slots"; active: ActiveStream[]; limit: number | null; takeover: string | null }
  | { kind: "refused"; code: string; sentence: string; traceId: string }
  | { kind: "lost"; reason: string }
  | { kind: "failed"; sentence: string; traceId: string };

/** deciding → (prompt) → loading → ready → ended; or stopped from anywhere. */
export type Phase = "deciding" | "prompt" | "loading" | "ready" | "ended" | "stopped";

export interface PlayerState {
  phase: Phase;
  session: PlaySession | null;
  stop: Stop | null;
  paused: boolean;
  /** The browser refused to start with sound before the viewer touched the page. */
  blocked: boolean;
  buffering: boolean;
  reconnecting: boolean;
  position: number;
  duration: number;
  bufferedTo: number;
  volume: number;
  muted: boolean;
  rate: number;
  qualities: Choice[];
  /** "auto" or the id of the quality held. */
  quality: string;
  /** Height of the picture now on screen, in pixels. */
  height: number;
  captions: Choice[];
  caption: string;
  audios: Choice[];
  audio: string;
}

export type Happening =
  | { type: "admitted"; session: PlaySession; ask: boolean }
  | { type: "renewed"; session: PlaySession }
  | { type: "load"; position: number }
  | { type: "loaded"; duration: number }
  | { type: "media"; change: Partial<Pick<PlayerState, MediaField>> }
  | { type: "ended" }
  | { type: "stopped"; stop: Stop }
  | { type: "reach"; online: boolean }
  | { type: "restart" };

type MediaField =
  | "paused"
  | "blocked"
  | "buffering"
  | "position"
  | "duration"
  | "bufferedTo"
  | "volume"
  | "muted"
  | "rate"
  | "qualities"
  | "quality"
  | "height"
  | "captions"
  | "caption"
  | "audios"
  | "audio";

export const OFF = "off";
export const AUTO = "auto";

export const initial: PlayerState = {
  phase: "deciding",
  session: null,
  stop: null,
  paused: true,
  blocked: false,
  buffering: false,
  reconnecting: false,
  position: 0,
  duration: 0,
  bufferedTo: 0,
  volume: 1,
  muted: false,
  rate: 1,
  qualities: [],
  quality: AUTO,
  height: 0,
  captions: [],
  caption: OFF,
  audios: [],
  audio: "",
};

export function reduce(state: PlayerState, event: Happening): PlayerState {
  // Once stopped, late events of the old session must not bring a picture back.
  if (state.phase === "stopped" && event.type !== "restart" && event.type !== "admitted") return state;
  switch (event.type) {
    case "admitted":
      return {
        ...state,
        phase: event.ask ? "prompt" : "loading",
        session: event.session,
        stop: null,
        position: event.session.resume_at,
        duration: event.session.duration ?? state.duration,
      };
    case "renewed":
      return { ...state, session: event.session, reconnecting: false };
    case "load":
      return { ...state, phase: "loading", position: event.position };
    case "loaded":
      return { ...state, phase: "ready", duration: event.duration };
    case "media": {
      const next = { ...state, ...event.change };
      // However it was begun: by a key of the keyboard, a headset, the system.
      if (event.change.paused === false) next.blocked = false;
      // Seeking back or playing again leaves the end.
      const left = state.phase === "ended" && (next.position < next.duration - 1 || next.paused === false);
      return left ? { ...next, phase: "ready" } : next;
    }
    case "ended":
      return {
        ...state,
        phase: "ended",
        paused: true,
        buffering: false,
        position: state.duration || state.position,
      };
    case "stopped":
      return {
        ...state,
        phase: "stopped",
        stop: event.stop,
        paused: true,
        buffering: false,
        reconnecting: false,
      };
    case "reach":
      return state.reconnecting === !event.online ? state : { ...state, reconnecting: !event.online };
    case "restart":
      return { ...initial, volume: state.volume, muted: state.muted, rate: state.rate };
  }
}

/** The captions to show when the viewer wants some: those shown last, or else in their own language. */
export function captionsToShow({ captions }: PlayerState, last: string | null, language: string): string {
  const found =
    captions.find(({ id }) => id === last) ??
    captions.find((words) => words.language?.split("-")[0] === language) ??
    captions[0];
  return found?.id ?? OFF;
}

/** Seconds before the end at which the next episode is offered when nobody marked the credits. */
const OFFER_BEFORE_END = 15;

/** The next episode, once it should be offered. */
export function offeredNext(state: PlayerState): NextEpisode | null {
  const next = state.session?.next_episode;
  if (!next || (state.phase !== "ready" && state.phase !== "ended") || state.duration <= 0) return null;
  if (state.phase === "ended") return next;
  const marked = state.session?.markers?.credits_start;
  const from = marked ?? state.duration - Math.min(OFFER_BEFORE_END, state.duration * 0.25);
  return state.position >= from ? next : null;
}

/** Where "Skip intro" leads, while the intro runs. */
export function skipIntroTo(state: PlayerState): number | null {
  const { intro_start: start, intro_end: end } = state.session?.markers ?? {};
  if (state.phase !== "ready" || end == null) return null;
  return state.position >= (start ?? 0) && state.position < end - 1 ? end : null;
}
