// What a subscription's status is called on screen.
import { t } from "@/shared/i18n/i18n";

const KNOWN = ["trialing", "active", "past_due", "canceled"] as const;

export function statusLabel(status: string): string {
  const known = KNOWN.find((name) => name === status);
  return known ? t(`plans.status.${known}`) : status;
}
