// Which reviews are looked at, as the address says it.
import type { ReviewState } from "@/shared/api/shapes";

export const STATES: readonly ReviewState[] = ["held", "visible", "removed"];

export interface Queue {
  state?: ReviewState;
  page?: number;
}

/** What nobody chose, and what means nothing, is left out. */
export function queueOf(search: Record<string, unknown>): Queue {
  const state = STATES.find((each) => each === search.state);
  const page = Number(search.page);
  return {
    ...(state && state !== "held" ? { state } : {}),
    ...(Number.isInteger(page) && page > 1 && page <= 100_000 ? { page } : {}),
  };
}
