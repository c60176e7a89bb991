// The keys of a place with nothing but actions: arrows lead from one to the next, Escape and Back lead out.
import { type RefObject, useEffect, useRef } from "react";
import { isBack } from "@/shared/lib/back";
import { nearest, WAYS, type Way } from "@/shared/lib/nearest";

/** What has the focus when the place opens. */
const FIRST = "[data-first]";
/** The way out is Escape and Back: an arrow too many must not lead to it. */
const ACTIONS = "button:not(:disabled, [data-way-out]), a[href]";

export function useSteering(root: RefObject<HTMLElement | null>, onLeave: () => void): void {
  const leave = useRef(onLeave);
  leave.current = onLeave;
  useEffect(() => {
    const place = root.current;
    if (!place) return;
    const first = () => place.querySelector<HTMLElement>(FIRST)?.focus({ preventScroll: true });
    first();
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const way = WAYS[event.key];
      const inside = place.contains(event.target as Node);
      // The keys of the film mean nothing here.
      if (!inside || way || isBack(event.key)) event.stopPropagation();
      if (isBack(event.key)) {
        event.preventDefault();
        // The browser itself leaves the full screen at Escape.
        if (event.key !== "Escape" || !document.fullscreenElement) leave.current();
      } else if (way) {
        event.preventDefault();
        if (inside) walk(place, event.target as HTMLElement, way);
        else first();
      }
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => window.removeEventListener("keydown", press, { capture: true });
  }, [root]);
}

function walk(place: HTMLElement, from: HTMLElement, way: Way): void {
  const others = [...place.querySelectorAll<HTMLElement>(ACTIONS)].filter((other) => other !== from);
  const box = (of: HTMLElement) => of.getBoundingClientRect();
  const to = nearest(box(from), others, box, way);
  to?.focus();
  to?.scrollIntoView({ block: "nearest" });
}
