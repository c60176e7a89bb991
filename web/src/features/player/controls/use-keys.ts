// The keyboard of the player.
import { useEffect, useRef } from "react";
import type { Playback } from "../playback";
import { OFF } from "../state";
import { RATES } from "./rates";
import type { Screen } from "./use-screen";

interface Parts {
  playback: Playback;
  screen: Screen;
  onHelp: () => void;
  onNext: (() => void) | null;
  onBack: () => void;
}

/** What the keys do, in the order of the help. */
export const KEYS = [
  "play",
  "skip",
  "volume",
  "mute",
  "fullScreen",
  "floating",
  "captions",
  "speed",
  "tenths",
  "next",
  "leave",
] as const;

/** Elements that use keys themselves. */
const OWN_KEYS = "input, textarea, [role=menu], [role=dialog], [role=alertdialog]";

export function useKeys(parts: Parts): void {
  const now = useRef(parts);
  now.current = parts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest?.(OWN_KEYS)) return;
      // Space and Enter on a focused button press that button.
      if ((event.key === " " || event.key === "Enter") && target.closest?.("button, a")) return;
      if (act(event.key, now.current)) event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** Do what the key means; false where it means nothing. */
function act(key: string, { playback, screen, onHelp, onNext, onBack }: Parts): boolean {
  const state = playback.state();
  const louder = (by: number) => playback.setVolume(Math.min(1, Math.max(0, state.volume + by)), false);
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ":
    case "k":
      playback.toggle();
      return true;
    case "ArrowLeft":
    case "j":
      playback.skip(-10);
      return true;
    case "ArrowRight":
    case "l":
      playback.skip(10);
      return true;
    case "ArrowUp":
      louder(0.1);
      return true;
    case "ArrowDown":
      louder(-0.1);
      return true;
    case "m":
      playback.setVolume(state.volume, !state.muted);
      return true;
    case "f":
      screen.toggle();
      return true;
    case "i":
      screen.float();
      return true;
    case "c":
      playback.setCaption(state.caption === OFF ? (state.captions[0]?.id ?? OFF) : OFF);
      return true;
    case "<":
    case ">": {
      const at = RATES.indexOf(state.rate);
      const rate = RATES[(at < 0 ? RATES.indexOf(1) : at) + (key === ">" ? 1 : -1)];
      if (rate) playback.setRate(rate);
      return true;
    }
    case "n":
      onNext?.();
      return true;
    case "?":
      onHelp();
      return true;
    case "Escape":
      if (!document.fullscreenElement) onBack();
      return true;
    default:
      if (!/^\d$/.test(key)) return false;
      playback.seek((state.duration * Number(key)) / 10);
      return true;
  }
}
