// Holding OK on something that a press of it opens, as on a remote control: what else can be done with it.
import { type FocusEvent, type KeyboardEvent, useRef } from "react";

/** For an element that opens by a click. A press of Enter is known as one when it ends; the key for menus needs no holding. */
export function useHeld<E extends HTMLElement>(onHeld: () => void) {
  const pressed = useRef(false);
  return {
    onKeyDown: (event: KeyboardEvent<E>) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
        event.preventDefault();
        onHeld();
      }
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      if (!event.repeat) {
        pressed.current = true;
      } else if (pressed.current) {
        pressed.current = false;
        onHeld();
      }
    },
    onKeyUp: (event: KeyboardEvent<E>) => {
      if (event.key !== "Enter" || !pressed.current) return;
      pressed.current = false;
      event.currentTarget.click();
    },
    onBlur: (_: FocusEvent<E>) => {
      pressed.current = false;
    },
  };
}
