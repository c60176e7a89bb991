// The speeds a film can be played at.
import { number } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

export function rateLabel(rate: number): string {
  return rate === 1 ? t("player.normal") : times(rate);
}

/** "1.25×". */
export function times(rate: number): string {
  return `${number(rate)}×`;
}
