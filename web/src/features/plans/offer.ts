// What a plan offers, in a viewer's words.

import type { Plan } from "@/shared/api/shapes";
import { t } from "@/shared/i18n/i18n";

export function pictureLabel(height: number): string {
  if (height >= 2160) return t("plans.picture4k");
  if (height >= 1080) return t("plans.pictureFullHd");
  return t("plans.pictureHd");
}

export function offers(plan: Plan): string[] {
  return [
    t("plans.screens", { count: plan.max_streams }),
    pictureLabel(plan.max_height),
    t("plans.devices"),
    plan.ads ? t("plans.ads") : t("plans.noAds"),
  ];
}

/** Plan names without their interval, so that the monthly and the yearly one read the same. */
export function plainName(plan: Plan): string {
  return plan.name.replace(/\s*\(?(monthly|yearly|month|year)\)?$/i, "");
}

/** Percent saved by paying yearly, over twelve months of the same plan. 0 where there is no such pair. */
export function yearlySaving(plans: readonly Plan[]): number {
  const savings = plans
    .filter((plan) => plan.interval === "year")
    .map((yearly) => {
      const monthly = plans.find(
        (plan) => plan.interval === "month" && plainName(plan) === plainName(yearly),
      );
      return monthly ? 1 - yearly.price.amount / (12 * monthly.price.amount) : 0;
    });
  return Math.max(0, Math.round(100 * Math.min(...(savings.length ? savings : [0]))));
}
