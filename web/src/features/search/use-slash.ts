// "/" goes into the search field from anywhere on the page, and Escape back to where one was.
import { type RefObject, useEffect, useRef } from "react";

const WRITING = "input, textarea, select, [contenteditable]";

/** Returns the way back. */
export function useSlash(open: () => void, input: RefObject<HTMLInputElement | null>): () => void {
  const opening = useRef(open);
  opening.current = open;
  const before = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return;
      if ((event.target as Element).closest?.(WRITING)) return;
      if (document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      before.current = document.activeElement as HTMLElement | null;
      opening.current();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return () => {
    const back = before.current;
    before.current = null;
    if (back?.isConnected && back !== document.body) back.focus();
    else input.current?.blur();
  };
}
