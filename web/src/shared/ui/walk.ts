// Arrow keys over a page of cards and buttons, as a remote control sends them.
import type { KeyboardEvent } from "react";
import { nearest, type Way } from "@/shared/lib/nearest";

const STOPS = "[data-card], [data-stop]";
/** Where the way up from the first row leads. */
const ABOVE = "[data-search-field]";
const WAYS: Record<string, Way> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** For `onKeyDownCapture` of the element around everything that the arrows walk over: before a menu opens at one of them. */
export function walk(event: KeyboardEvent<HTMLElement>): void {
  const way = WAYS[event.key];
  if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
  const here = (event.target as HTMLElement).closest<HTMLElement>(STOPS);
  if (!here) return;
  const target = beyond(event.currentTarget, here, way);
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  show(target);
}

/** Onto the first stop of the page, from the field above it. */
export function enterPage(): void {
  const first = document.querySelector<HTMLElement>(`main :is(${STOPS})`);
  if (first) show(first);
}

function beyond(page: HTMLElement, here: HTMLElement, way: Way): HTMLElement | null {
  const box = (of: HTMLElement) => of.getBoundingClientRect();
  const others = [...page.querySelectorAll<HTMLElement>(STOPS)].filter(
    (other) => other !== here && other.offsetParent !== null,
  );
  const found = nearest(box(here), others, box, way);
  return found ?? (way === "up" ? document.querySelector<HTMLElement>(ABOVE) : null);
}

function show(target: HTMLElement): void {
  target.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still ? "auto" : "smooth" });
}
