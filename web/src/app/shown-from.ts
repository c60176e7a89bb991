// How old the page is that is on screen while nothing newer can be had.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isBrowsed } from "@/shared/api/readable";

/** Younger than this is as good as new. Milliseconds. */
const NEW = 60_000;
const LOOK_AGAIN = 30_000;

/** When the oldest of what is shown came, in milliseconds since 1970; null where it is as good as new, or nothing is. */
export function useShownFrom(): number | null {
  const queries = useQueryClient().getQueryCache();
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    const look = () => {
      const shown = queries
        .findAll({ type: "active", predicate: ({ queryKey }) => isBrowsed(queryKey) })
        .map(({ state }) => state.dataUpdatedAt)
        .filter((came) => came > 0);
      const oldest = Math.min(...shown);
      setAt(shown.length > 0 && Date.now() - oldest > NEW ? oldest : null);
    };
    look();
    // A query may be added while another part of the page is drawn, which no state may be changed in.
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stop = queries.subscribe(() => {
      clearTimeout(soon);
      soon = setTimeout(look);
    });
    const timer = setInterval(look, LOOK_AGAIN);
    return () => {
      stop();
      clearTimeout(soon);
      clearInterval(timer);
    };
  }, [queries]);
  return at;
}
