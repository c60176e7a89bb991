// The films to go on with, looked up while the film nears its end, so that they are there when it has come.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { home as loadHome, similar as loadSimilar } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { seenOf } from "@/shared/api/watch";
import { useTitle } from "@/shared/titles/use-title";
import { candidates, type Offer, offers } from "./after";
import type { PlayerState } from "./state";

/** As many are asked about as a page of the watch state tells. */
const ASKED = 60;

/** Seconds before the end at which they are looked up. */
const LOOK_AHEAD = 60;

/** null while they are on their way; none where nobody could be asked. A film that `leadsOn` to a next one needs none. */
export function useAfter(state: PlayerState, leadsOn: boolean): Offer[] | null {
  const titleId = state.session?.title?.id;
  const id = titleId ?? "";
  const nears = state.phase === "ready" && state.duration - state.position < LOOK_AHEAD;
  const enabled = titleId !== undefined && !leadsOn && (nears || state.phase === "ended");
  // What the title's page knows is asked for as well.
  useTitle(titleId, enabled);
  const [similar, home] = useQueries({
    queries: [
      { queryKey: keys.similar(id), queryFn: () => loadSimilar(id), enabled, retry: false },
      { queryKey: keys.home, queryFn: loadHome, enabled, retry: false },
    ],
  });
  const from = candidates(id, similar.data?.items ?? [], home.data).slice(0, ASKED);
  const ids = from.map(({ title_id }) => title_id);
  const asked = enabled && !similar.isPending && !home.isPending;
  const seen = useQuery({
    queryKey: keys.seen(ids),
    queryFn: () => seenOf(ids),
    enabled: asked && ids.length > 0,
    retry: false,
  });
  // What is on screen stays where it is, whatever is heard of meanwhile.
  const shown = useRef<Offer[]>([]);
  if (shown.current.length > 0) return shown.current;
  if (!asked || (ids.length > 0 && seen.isPending)) return null;
  shown.current = offers(from, seen.data ?? new Set());
  return shown.current;
}
