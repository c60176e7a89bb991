// How many days a report looks back, as the address says it.
export const PERIODS = [7, 28, 45] as const;
export const USUAL = 28;

export const HOURS = [1, 24, 72] as const;
export const USUAL_HOURS = 24;

export interface Period {
  days?: number;
}

/** What nobody chose, and what means nothing, is left out. */
export function periodOf(search: Record<string, unknown>): Period {
  const days = PERIODS.find((each) => each === Number(search.days));
  return days === undefined || days === USUAL ? {} : { days };
}

export interface Hours {
  hours?: number;
}

/** The same in hours. */
export function hoursOf(search: Record<string, unknown>): Hours {
  const hours = HOURS.find((each) => each === Number(search.hours));
  return hours === undefined || hours === USUAL_HOURS ? {} : { hours };
}
