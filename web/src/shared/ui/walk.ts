// Arrow keys over a page, as a remote control sends them: to whatever can be pressed that lies that way.
import { useEffect } from "react";
import { isBack, pressEscape } from "@/shared/lib/back";
import { nearest, WAYS, type Way } from "@/shared/lib/nearest";
import { isTelevision } from "@/shared/lib/television";

/** Ways within the page, as past its frame, are what the arrows are themselves. */
const STOPS =
  "a[href]:not([href^='#']), button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";
/** Elements that use arrows themselves, and what lies in them. */
const OWN_ARROWS =
  "select, [role=slider], [role=menu], [role=radiogroup], input:is([type=range], [type=number], [type=date])";
/** Fields with offers below them, through which up and down lead. */
const OFFERING = "[role=combobox][aria-expanded=true]";
const WRITING =
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, [contenteditable=true]";
/** What lies over a page, and goes before the way back leads from it. */
const OVER = "[role=menu], [role=dialog], [role=alertdialog]";
const SEARCH = "[role=search]";
/** Where the way up from the first row of a page leads; without it, to what lies nearest in the frame. */
const ABOVE = "[data-above]";

/** For the frame of everything but the player, which has keys of its own. */
export function useWalk(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    // Whoever points scrolls with the arrows; whoever never does has nothing else to get onto the page with.
    let pointing = false;
    const point = ({ pointerType }: PointerEvent) => {
      // Some remote controls move a pointer, too.
      pointing = pointerType === "mouse" && !isTelevision();
    };
    const press = (event: KeyboardEvent) => {
      if (event.key === "Tab") pointing = false;
      if (
        event.isComposing ||
        event.defaultPrevented ||
        event.altKey ||
        event.ctrlKey ||
        event.metaKey ||
        event.shiftKey
      )
        return;
      const active = document.activeElement as HTMLElement | null;
      const here = active === document.body ? null : active;
      if (isBack(event.key)) {
        if (wayOut(event.key, here)) event.preventDefault();
        return;
      }
      if (event.key === "Enter" && ticked(here)) return event.preventDefault();
      // OK on a page that nothing is chosen of is as good as the first arrow.
      const way = WAYS[event.key] ?? (event.key === "Enter" && !here ? "down" : null);
      if (!way || here?.closest(OWN_ARROWS) || document.querySelector("[role=menu]")) return;
      const scope = [...document.querySelectorAll<HTMLElement>("[role=dialog], [role=alertdialog]")].at(-1);
      const target = here ? from(here, way, scope) : pointing ? null : first(scope);
      if (!target) return;
      event.preventDefault();
      event.stopPropagation();
      show(target, way, here !== null);
    };
    // Before a menu opens at the button that the arrow leads away from.
    window.addEventListener("keydown", press, { capture: true });
    window.addEventListener("pointermove", point, { passive: true });
    return () => {
      window.removeEventListener("keydown", press, { capture: true });
      window.removeEventListener("pointermove", point);
    };
  }, [on]);
}

/** Back out of what is open, or else of the page; false where the key is what it is. On a keyboard Escape leaves no page. */
function wayOut(key: string, here: HTMLElement | null): boolean {
  const open = document.querySelector(OVER) ?? here?.closest(SEARCH);
  if (key === "Escape" && (open || !isTelevision())) return false;
  if (open) pressEscape(here ?? document.body);
  else history.back();
  return true;
}

function from(here: HTMLElement, way: Way, scope?: HTMLElement): HTMLElement | null {
  // What was clicked has no ring: its arrows scroll, as anywhere.
  const ringed = here.matches(":focus-visible") || isTelevision();
  if (!ringed || (here.matches(WRITING) && !leads(here, way))) return null;
  const among = (found: HTMLElement[]) =>
    nearest(
      box(here),
      found.filter((other) => other !== here),
      box,
      way,
    );
  if (scope) return among(stops(scope));
  const page = main();
  if (!page) return among(stops(document.body));
  // What lies fixed over a page lies near everything: it comes after all of the page.
  const inside = page.contains(here);
  const frame = () => stops(document.body).filter((stop) => !page.contains(stop));
  if (!inside) return among(frame()) ?? (way === "down" ? first() : null);
  const above = way === "up" ? document.querySelector<HTMLElement>(ABOVE) : null;
  return among(stops(page)) ?? above ?? (way === "up" || way === "down" ? among(frame()) : null);
}

/** The first stop to be seen: where the page says to begin, or else from its top. */
function first(scope?: HTMLElement): HTMLElement | null {
  const place = scope ?? main() ?? document.body;
  const found = stops(place);
  const seen = found.filter((stop) => {
    const { top, bottom } = stop.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return seen.find((stop) => stop.matches("[data-first]")) ?? seen[0] ?? found[0] ?? null;
}

function main(): HTMLElement | null {
  return document.querySelector<HTMLElement>("main");
}

function stops(place: HTMLElement): HTMLElement[] {
  return [...place.querySelectorAll<HTMLElement>(STOPS)].filter(
    (stop) =>
      stop.tabIndex >= 0 &&
      // What lies on a card is in the menu that the card opens.
      !stop.matches("[data-corner]") &&
      !stop.closest("[inert], [aria-hidden=true]") &&
      // A place that scrolls leads to what is in it.
      !(stop.matches("[tabindex='0']:not(a, button, input)") && stop.querySelector(STOPS)) &&
      stop.checkVisibility({ visibilityProperty: true }),
  );
}

/** A box to tick is as large as what it says. */
function box(of: HTMLElement): DOMRect {
  return ((of.matches("[type=radio], [type=checkbox]") && of.closest("label")) || of).getBoundingClientRect();
}

/** Arrows belong to the text, but for those that lead nowhere in it. */
function leads(here: HTMLElement, way: Way): boolean {
  if (here instanceof HTMLTextAreaElement) {
    const { value, selectionStart, selectionEnd } = here;
    const end = way === "up" || way === "left" ? 0 : value.length;
    return (
      value === "" || ((way === "up" || way === "down") && selectionStart === end && selectionEnd === end)
    );
  }
  if (!(here instanceof HTMLInputElement)) return false;
  if (way !== "up" && way !== "down") return here.value === "";
  // Down opens what is offered for words that were not searched for yet.
  const searches = here.matches("[role=combobox]") && here.value !== "" && !here.matches(ABOVE);
  return !here.matches(OFFERING) && !(searches && way === "down");
}

/** `onwards`: from another stop, and not onto the page. */
function show(next: HTMLElement, way: Way, onwards: boolean): void {
  const here = document.activeElement;
  const target = next instanceof HTMLInputElement && next.type === "radio" ? ofGroup(next, here) : next;
  target.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const behavior = still ? "auto" : "smooth";
  // To what lies over the page the way leads from the page's top.
  if (way === "up" && !main()?.contains(target) && !target.closest("[role=dialog]"))
    scrollTo({ top: 0, behavior });
  else
    target.scrollIntoView({
      // A row in the middle has its neighbours in sight, and nothing fixed lies over it.
      block: onwards && (way === "up" || way === "down") ? "center" : "nearest",
      inline: "nearest",
      behavior,
    });
}

/** Among the buttons of one question the arrows choose, as they do without us; who comes from outside comes to what is chosen. */
function ofGroup(radio: HTMLInputElement, here: Element | null): HTMLInputElement {
  const group = radio.form ?? document;
  const same = [...group.querySelectorAll<HTMLInputElement>("input[type=radio]")].filter(
    ({ name }) => name === radio.name,
  );
  if (here && same.includes(here as HTMLInputElement)) {
    radio.click();
    return radio;
  }
  return same.find(({ checked }) => checked) ?? radio;
}

/** A remote control has no space bar: OK ticks what it is on. What it is on already leads on to the form. */
function ticked(here: Element | null): boolean {
  if (!(here instanceof HTMLInputElement)) return false;
  const ticks = here.type === "checkbox" || (here.type === "radio" && !here.checked);
  if (ticks) here.click();
  return ticks;
}
