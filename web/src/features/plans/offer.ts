// What a plan offers, in a viewer's words.
import type { Plan } from "@/shared/api/shapes";

export function pictureLabel(height: number): string {
  if (height >= 2160) return "4K picture";
  if (height >= 1080) return "Full HD picture";
  return "HD picture";
}

export function offers(plan: Plan): string[] {
  return [
    plan.max_streams === 1 ? "1 screen at a time" : `${plan.max_streams} screens at once`,
    pictureLabel(plan.max_height),
    "Streaming on every device",
    plan.ads ? "With a few advertisements" : "No advertisements",
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
