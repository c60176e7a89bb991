// Which of the offers below the search field the keys stand on.

export interface Place {
  open: boolean;
  /** Counted from 0; null: in the field itself. */
  at: number | null;
}

export const CLOSED: Place = { open: false, at: null };
export const OPEN: Place = { open: true, at: null };

/** Where a key leads among `count` offers; null for keys that are the text's own. */
export function pressed(key: string, { open, at }: Place, count: number): Place | null {
  switch (key) {
    case "ArrowDown":
      return { open: true, at: open ? after(at, count) : count > 0 ? 0 : null };
    case "ArrowUp":
      return open ? { open: true, at: before(at, count) } : null;
    case "Escape":
      return CLOSED;
    default:
      return null;
  }
}

/** The offers have changed: nobody stands on one that is gone. */
export function kept({ open, at }: Place, count: number): Place {
  return { open, at: at !== null && at < count ? at : null };
}

/** After the last comes the field again. */
function after(at: number | null, count: number): number | null {
  const next = at === null ? 0 : at + 1;
  return next < count ? next : null;
}

function before(at: number | null, count: number): number | null {
  if (at === null) return count > 0 ? count - 1 : null;
  return at > 0 ? at - 1 : null;
}
