// The card form's rules: what is typed, how it is shown, and when it is good.

import { z } from "zod";
import { t } from "@/shared/i18n/i18n";

/** Digits in groups of four while typing. */
export function groupDigits(typed: string): string {
  return typed
    .replace(/\D/g, "")
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, "$1 ");
}

/** "MM / YY" while typing. */
export function expiryMask(typed: string, before = ""): string {
  // Deleting back over the slash must not put it there again.
  if (before.endsWith(" / ") && typed.length < before.length) return typed.replace(/\D/g, "").slice(0, 1);
  const digits = typed
    .replace(/\D/g, "")
    .replace(/^([2-9])/, "0$1")
    .slice(0, 6);
  return digits.length >= 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

/** The check digit every card number carries (ISO/IEC 7812, Luhn). */
export function luhn(number: string): boolean {
  const digits = number.replace(/\D/g, "");
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return digits.length >= 12 && sum % 10 === 0;
}

export interface Expiry {
  month: number;
  year: number;
}

export function parseExpiry(text: string): Expiry | null {
  const found = /^(\d{2})\s*\/\s*(\d{2}|\d{4})$/.exec(text.trim());
  if (!found) return null;
  const month = Number(found[1]);
  const year = Number(found[2]);
  return month >= 1 && month <= 12 ? { month, year: year < 100 ? 2000 + year : year } : null;
}

/** A card is good through the last day of its month. */
export function expired({ month, year }: Expiry, now: Date): boolean {
  return year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
}

export function cardSchema(now: () => Date) {
  return z.object({
    number: z.string().refine(luhn, { error: () => t("plans.cardNumberWrong") }),
    expiry: z
      .string()
      .refine((text) => parseExpiry(text) !== null, { error: () => t("plans.cardExpiresWrong") })
      .refine(
        (text) => {
          const expiry = parseExpiry(text);
          return expiry === null || !expired(expiry, now());
        },
        { error: () => t("plans.cardExpired") },
      ),
    cvc: z.string().regex(/^\d{3,4}$/, { error: () => t("plans.cardCodeWrong") }),
  });
}
