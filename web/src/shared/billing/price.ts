// What a plan costs, as it is written on screen.
import type { Plan } from "@/shared/api/shapes";
import { money } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";

export function priceLabel(plan: Plan): string {
  return money(plan.price.amount, plan.price.currency);
}

/** "a month": what stands beside a price that is drawn large. */
export function perInterval(plan: Plan): string {
  return plan.interval === "month" ? t("common.perMonth") : t("common.perYear");
}

/** "$9.99 a month". */
export function priceByInterval(plan: Plan): string {
  const price = priceLabel(plan);
  return plan.interval === "month" ? t("common.priceMonth", { price }) : t("common.priceYear", { price });
}
