// The film in the system's own hands: keys of a keyboard or headset, the lock screen of a phone, the browser's media menu.
import { useEffect } from "react";
import type { Playback } from "../playback";
import type { PlayerState } from "../state";

/** Seconds, where the system names none. */
const SKIP = 10;

interface Parts {
  playback: Playback;
  state: PlayerState;
  onNext: (() => void) | null;
}

export function useMediaSession({ playback, state, onNext }: Parts): void {
  const title = state.session?.title;
  const name = title?.name;
  const episode = title?.episode_name;
  const art = title?.backdrop_url;
  useEffect(() => {
    if (!name || !("mediaSession" in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({
      title: episode ?? name,
      artist: episode ? name : "Bijou",
      artwork: art ? [{ src: art }] : [],
    });
    return () => {
      navigator.mediaSession.metadata = null;
    };
  }, [name, episode, art]);

  useEffect(() => {
    const set = (paused: boolean) => () => {
      if (playback.state().paused !== paused) playback.toggle();
    };
    const release = [
      handle("play", set(false)),
      handle("pause", set(true)),
      handle("seekbackward", ({ seekOffset }) => playback.skip(-(seekOffset ?? SKIP))),
      handle("seekforward", ({ seekOffset }) => playback.skip(seekOffset ?? SKIP)),
      handle("seekto", ({ seekTime }) => seekTime !== undefined && playback.seek(seekTime)),
      handle("previoustrack", () => playback.seek(0)),
      ...(onNext ? [handle("nexttrack", onNext)] : []),
    ];
    return () => {
      for (const free of release) free();
    };
  }, [playback, onNext]);

  const { duration, position, rate, phase } = state;
  useEffect(() => {
    const known = phase === "ready" && duration > 0;
    if (!("mediaSession" in navigator) || !navigator.mediaSession.setPositionState) return;
    navigator.mediaSession.setPositionState(
      known
        ? { duration, position: Math.min(Math.max(0, position), duration), playbackRate: rate }
        : undefined,
    );
  }, [phase, duration, position, rate]);
}

/** Take an action until the returned function is called. Browsers know some actions and refuse others. */
function handle(action: MediaSessionAction, act: MediaSessionActionHandler): () => void {
  try {
    navigator.mediaSession.setActionHandler(action, act);
  } catch {
    return () => undefined;
  }
  return () => navigator.mediaSession.setActionHandler(action, null);
}
