// Which plays the live report counts, and what it tells them apart by, as the address says it.
import type { ReportQuestion } from "@/shared/api/shapes";

export const WINDOWS = [15, 60, 240, 1440] as const;
export const GROUPS = ["title", "country", "device", "edge"] as const satisfies ReportQuestion["by"][];

export interface LiveWindow {
  minutes?: number;
  by?: ReportQuestion["by"];
}

export const USUAL_WINDOW: ReportQuestion = { minutes: 60, by: "title" };

/** What nobody chose, and what means nothing, is left out. */
export function windowOf(search: Record<string, unknown>): LiveWindow {
  const minutes = WINDOWS.find((each) => each === Number(search.minutes));
  const by = GROUPS.find((each) => each === search.by);
  return {
    ...(minutes && minutes !== USUAL_WINDOW.minutes ? { minutes } : {}),
    ...(by && by !== USUAL_WINDOW.by ? { by } : {}),
  };
}
