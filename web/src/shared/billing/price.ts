// What a plan costs, as it is written on screen.
import type { Plan } from "@/shared/api/shapes";
import { money } from "@/shared/lib/format";

export function priceLabel(plan: Plan): string {
  return money(plan.price.amount, plan.price.currency);
}

export const per: Record<Plan["interval"], string> = { month: "a month", year: "a year" };
