// How numbers are written for people: running times, clock positions, money, dates.

/** "1 h 42 min", "24 min", "40 s". Takes seconds. */
export function runningTime(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** "0:07", "12:34", "1:02:03". Takes seconds. */
export function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${hours ? pad(Math.floor((whole % 3600) / 60)) : Math.floor(whole / 60)}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Price in the viewer's own notation. `amount` is in minor units of `currency`. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** "20 November 2026" in the viewer's language. */
export function day(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" }).format(
    new Date(iso),
  );
}

/** What an age rating is called on screen. */
export function maturityLabel(age: number): string {
  return age === 0 ? "All" : `${age}+`;
}

/** Share watched, 0 to 1; 0 when the length is unknown. */
export function share(position: number, duration: number | null | undefined): number {
  return duration ? Math.min(1, Math.max(0, position / duration)) : 0;
}
