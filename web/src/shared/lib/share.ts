// How much of something has been watched.

/** Share watched, 0 to 1; 0 when the length is unknown. */
export function share(position: number, duration: number | null | undefined): number {
  return duration ? Math.min(1, Math.max(0, position / duration)) : 0;
}
