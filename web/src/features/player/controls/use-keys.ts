// The keyboard of the player, and the remote control of a television.
import { type RefObject, useEffect, useRef } from "react";
import { isBack, pressEscape } from "@/shared/lib/back";
import { nearest, WAYS } from "@/shared/lib/nearest";
import { isTelevision } from "@/shared/lib/television";
import type { Playback } from "../playback";
import type { Presence } from "./presence";
import { RATES } from "./rates";
import { CONTROLS, focusOn } from "./use-presence";
import type { Screen } from "./use-screen";

interface Parts {
  root: RefObject<HTMLElement | null>;
  playback: Playback;
  presence: Presence;
  screen: Screen;
  onHelp: () => void;
  onNext: (() => void) | null;
  onBack: () => void;
}

/** What the keys do, in the order of the help. */
export function keysHelp() {
  return [
    "play",
    "skip",
    isTelevision() ? "enterByArrows" : "volume",
    "enter",
    "walk",
    "mute",
    "fullScreen",
    "floating",
    "captions",
    "speed",
    "tenths",
    "next",
    "leave",
  ] as const;
}

/** Elements that use keys themselves. */
const OWN_KEYS = "input, textarea, [role=menu], [role=dialog]";
const PRESSABLE = "button, a[href]";
const BAR = "[data-bar]";
/** Where the arrows begin: the button that plays and pauses. */
const ENTRY = "[data-entry]";
/** What is offered for a moment, beside the buttons: up or down leads there first. */
const OFFER = "[data-offer]";
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]);
/** Keys that go on doing what they do while they are held. */
const REPEATED = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "j", "l", "J", "L"]);

export function useKeys(parts: Parts): void {
  const now = useRef(parts);
  now.current = parts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (MODIFIERS.has(event.key)) return;
      now.current.presence.wake();
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest?.(OWN_KEYS)) {
        if (isBack(event.key) && event.key !== "Escape") pressEscape(target);
        return;
      }
      const control = target.closest?.<HTMLElement>(`${PRESSABLE}, ${BAR}`);
      if (control?.matches(PRESSABLE) && (event.key === " " || event.key === "Enter")) return;
      if (
        (control && walk(event.key, control, now.current)) ||
        (event.repeat && !REPEATED.has(event.key)) ||
        act(event.key, now.current)
      ) {
        event.preventDefault();
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** Arrows lead from button to button, and Back out of them; false where the key means the film. */
function walk(key: string, from: HTMLElement, { root, presence }: Parts): boolean {
  if (isBack(key) && from.closest(CONTROLS)) {
    focusOn(root.current);
    presence.hide();
    return true;
  }
  const way = WAYS[key];
  if (!way || (from.matches(BAR) && (way === "left" || way === "right"))) return false;
  const within = from.closest("[role=alertdialog]") ?? root.current;
  const others = [...(within?.querySelectorAll<HTMLElement>(`${PRESSABLE}, ${BAR}`) ?? [])].filter(
    (other) => other !== from && reachable(other),
  );
  nearest(from.getBoundingClientRect(), others, (other) => other.getBoundingClientRect(), way)?.focus();
  return true;
}

function reachable(element: HTMLElement): boolean {
  const seen = element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
  return seen && !element.closest("[inert], :disabled");
}

/** Into the buttons, once they can be reached: to the first of these that can. */
function enter(root: HTMLElement | null, ...entries: readonly string[]): void {
  requestAnimationFrame(() => {
    const found = entries.flatMap((entry) => [...(root?.querySelectorAll<HTMLElement>(entry) ?? [])]);
    found.find(reachable)?.focus();
  });
}

/** Do what the key means; false where it means nothing. */
function act(key: string, parts: Parts): boolean {
  const { playback, screen, root, onHelp, onNext, onBack } = parts;
  const state = playback.state();
  const louder = (by: number) => playback.setVolume(Math.min(1, Math.max(0, state.volume + by)), false);
  if (isBack(key)) {
    // The browser itself leaves the full screen at Escape.
    if (key !== "Escape" || !document.fullscreenElement) onBack();
    return true;
  }
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ":
    case "k":
    case "MediaPlayPause":
      playback.toggle();
      return true;
    case "Enter":
      if (state.phase !== "ready") return false;
      playback.toggle();
      enter(root.current, ENTRY);
      return true;
    case "MediaPlay":
    case "MediaPause":
      if (state.paused === (key === "MediaPlay")) playback.toggle();
      return true;
    case "ArrowLeft":
    case "j":
    case "MediaRewind":
      playback.skip(-10);
      return true;
    case "ArrowRight":
    case "l":
    case "MediaFastForward":
      playback.skip(10);
      return true;
    case "ArrowUp":
    case "ArrowDown":
      if (isTelevision()) enter(root.current, OFFER, ENTRY);
      else louder(key === "ArrowUp" ? 0.1 : -0.1);
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
      playback.toggleCaptions();
      return true;
    case "<":
    case ">": {
      const at = RATES.indexOf(state.rate);
      const rate = RATES[(at < 0 ? RATES.indexOf(1) : at) + (key === ">" ? 1 : -1)];
      if (rate) playback.setRate(rate);
      return true;
    }
    case "MediaStop":
      onBack();
      return true;
    case "MediaTrackPrevious":
      playback.seek(0);
      return true;
    case "n":
    case "MediaTrackNext":
      onNext?.();
      return true;
    case "?":
      onHelp();
      return true;
    default:
      if (!/^\d$/.test(key)) return false;
      playback.seek((state.duration * Number(key)) / 10);
      return true;
  }
}
