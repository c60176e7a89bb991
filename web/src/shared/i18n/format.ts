// How numbers are written for people, in the language that is spoken: running times, clock positions, money, dates.
import { locale, t } from "./i18n";

/** "1 hr 42 min", "24 min", "40 sec". Takes seconds. */
export function runningTime(seconds: number): string {
  if (Math.round(seconds) < 60) return unit(Math.max(1, Math.round(seconds)), "second");
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const parts = [
    ...(hours > 0 ? [unit(hours, "hour")] : []),
    ...(minutes % 60 > 0 ? [unit(minutes % 60, "minute")] : []),
  ];
  return parts.join(" ");
}

/** "10 s", "24 min", as the language shortens it. */
export function unit(value: number, name: "second" | "minute" | "hour"): string {
  return new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "short" }).format(value);
}

/** "0:07", "12:34", "1:02:03". Takes seconds. */
export function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const digits = (value: number, least: number) =>
    number(value, { minimumIntegerDigits: least, useGrouping: false });
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = `${digits(minutes, hours ? 2 : 1)}:${digits(whole % 60, 2)}`;
  return hours ? `${digits(hours, 1)}:${rest}` : rest;
}

/** The length of a film on a clock: a last picture that ends a moment early takes no second from it. */
export function clockLength(seconds: number): string {
  return clock(Math.round(seconds));
}

export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** "17%", "17 %". Takes 0 to 100. */
export function percent(value: number): string {
  return number(value / 100, { style: "percent" });
}

/** `amount` is in minor units of `currency`. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(locale(), { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** "November 20, 2026", "20. November 2026". */
export function day(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(new Date(iso));
}

/** "27 Nov, 20:14": a moment of these days. */
export function time(iso: string): string {
  const parts = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(locale(), parts).format(new Date(iso));
}

/** "3 minutes ago", "yesterday". Takes milliseconds since 1970. */
export function ago(at: number): string {
  const minutes = Math.max(1, Math.round((Date.now() - at) / 60_000));
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (minutes < 60) return format.format(-minutes, "minute");
  if (minutes < 36 * 60) return format.format(-Math.round(minutes / 60), "hour");
  return format.format(-Math.round(minutes / 1440), "day");
}

/** What a language is called in the one that is spoken; its code where it has no name. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(locale(), { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** What a country is called in the language that is spoken; its code where it has no name. */
export function regionName(code: string): string {
  try {
    return new Intl.DisplayNames(locale(), { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** What an age rating is called on screen. */
export function maturityLabel(age: number): string {
  return age === 0 ? t("common.ageAll") : t("common.age", { age: number(age) });
}

/** A word at the beginning of a line. */
export function capital(word: string): string {
  return word.charAt(0).toLocaleUpperCase(locale()) + word.slice(1);
}

/** What stands in a list, and between two of them what the language writes there: "Iris Vale", ", ", "Otto Brand". */
export function listParts<Item>(
  items: readonly Item[],
): ({ item: Item; text?: undefined } | { item?: undefined; text: string })[] {
  const format = new Intl.ListFormat(locale(), { type: "unit", style: "short" });
  return format
    .formatToParts(items.map((_, place) => String(place)))
    .map(({ type, value }) =>
      type === "element" ? { item: items[Number(value)] as Item } : { text: value },
    );
}
