// Joins the hand over the player to the presence of its controls.
import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";
import { Presence } from "./presence";

/** Marks what comes and goes with the controls. */
export const CONTROLS = "[data-controls]";

interface Watched {
  /** The film runs. */
  playing: boolean;
  helpOpen: boolean;
}

export function usePresence(root: RefObject<HTMLElement | null>, { playing, helpOpen }: Watched) {
  const [presence] = useState(() => new Presence());
  const shown = useSyncExternalStore(presence.subscribe, presence.shown);
  useEffect(() => presence.keep("still", !playing), [presence, playing]);
  useEffect(() => presence.keep("help", helpOpen), [presence, helpOpen]);
  useEffect(() => {
    const hand = root.current && follow(root.current, presence);
    return () => {
      hand?.abort();
      presence.dispose();
    };
  }, [root, presence]);
  useEffect(() => {
    const focused = document.activeElement;
    // Keys go on working when what had the focus is gone.
    if (!shown && (!focused || focused === document.body || focused.closest(CONTROLS))) focusOn(root.current);
  }, [root, shown]);
  return { presence, shown };
}

/** To the player itself: no button is then pressed by a key. */
export function focusOn(root: HTMLElement | null): void {
  root?.focus({ preventScroll: true });
}

function follow(root: HTMLElement, presence: Presence): AbortController {
  const gone = new AbortController();
  const { signal } = gone;
  let byKeys = false;
  let at = "";
  const onControls = (event: Event) => (event.target as HTMLElement).closest(CONTROLS) !== null;
  // What the pointer pressed keeps no focus, so that Space means the film whatever was clicked last.
  const refuse = (event: FocusEvent) => !byKeys && onControls(event) && focusOn(root);
  const press = (event: PointerEvent) => {
    byKeys = false;
    if (onControls(event)) presence.keep("pressed", true);
    else if (event.pointerType !== "touch") presence.wake();
  };
  const move = (event: PointerEvent) => {
    // What moves under a resting mouse is not the hand.
    const now = `${event.screenX},${event.screenY}`;
    if (event.pointerType !== "touch" && now !== at) presence.wake();
    at = now;
  };
  // A finger leaves whenever it is lifted; only a mouse goes elsewhere.
  const leave = (event: PointerEvent) => event.pointerType === "mouse" && presence.hide();
  const release = () => presence.keep("pressed", false);
  root.addEventListener("pointerdown", press, { signal, capture: true });
  root.addEventListener("pointermove", move, { signal });
  root.addEventListener("pointerleave", leave, { signal });
  root.addEventListener("focusin", refuse, { signal });
  window.addEventListener("pointerup", release, { signal, capture: true });
  window.addEventListener("pointercancel", release, { signal, capture: true });
  window.addEventListener("keydown", () => (byKeys = true), { signal, capture: true });
  return gone;
}
