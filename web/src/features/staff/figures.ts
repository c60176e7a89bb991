// How staff's pages write figures; a dash where there is nothing to count.
import { number, unit } from "@/shared/i18n/format";

const NONE = "–";

/** Takes a share from 0 to 1: "0.47%". */
export function share(value: number | null): string {
  return value === null ? NONE : number(value, { style: "percent", maximumFractionDigits: 2 });
}

/** Takes milliseconds: "0.41 sec". */
export function seconds(value: number | null): string {
  return value === null ? NONE : unit(Math.round(value / 10) / 100, "second");
}
