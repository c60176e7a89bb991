// Whether a place on the page is one where something may move now: wanted, in view, and nothing before it.
import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";

/** A phone's hero is mostly words; its trailer is a button. */
const ROOM = "(min-width: 40rem)";
const STILL = "(prefers-reduced-motion: reduce), (prefers-reduced-data: reduce)";

function subscribe(listener: () => void): () => void {
  const queries = [ROOM, STILL].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener("change", listener);
  return () => {
    for (const query of queries) query.removeEventListener("change", listener);
  };
}

function moves(): boolean {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  return matchMedia(ROOM).matches && !matchMedia(STILL).matches && connection?.saveData !== true;
}

/** Whether pictures may move by themselves for this viewer on this screen. */
export function useMoves(): boolean {
  return useSyncExternalStore(subscribe, moves);
}

/** Whether most of `place` is in view, in a tab that is, with no dialog before it. */
export function useOnStage(place: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false);
  const [open, setOpen] = useState(clear);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => setInView((entry?.intersectionRatio ?? 0) >= 0.5),
      { threshold: [0, 0.5] },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  useEffect(() => {
    const look = () => setOpen(clear());
    // A dialog locks the page under it.
    const locks = new MutationObserver(look);
    locks.observe(document.body, { attributes: true });
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      locks.disconnect();
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return inView && open;
}

function clear(): boolean {
  return document.visibilityState === "visible" && !document.body.hasAttribute("data-scroll-locked");
}
