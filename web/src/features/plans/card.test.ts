import { describe, expect, it } from "vitest";
import { cardSchema, expired, expiryMask, groupDigits, luhn, parseExpiry } from "./card";

const NOW = () => new Date(2026, 10, 20);

describe("card", () => {
  it("groups digits and drops the rest", () => {
    expect(groupDigits("4242424242424242")).toBe("4242 4242 4242 4242");
    expect(groupDigits("42x4 2")).toBe("4242");
  });

  it("masks the expiry and lets it be deleted", () => {
    expect(expiryMask("1")).toBe("1");
    expect(expiryMask("4")).toBe("04 / ");
    expect(expiryMask("1229")).toBe("12 / 29");
    expect(expiryMask("12/2030")).toBe("12 / 2030");
    expect(expiryMask("12 /", "12 / ")).toBe("1");
  });

  it("checks the check digit", () => {
    expect(luhn("4242 4242 4242 4242")).toBe(true);
    expect(luhn("4000000000000002")).toBe(true);
    expect(luhn("4242 4242 4242 4241")).toBe(false);
    expect(luhn("")).toBe(false);
  });

  it("reads expiries and knows the past", () => {
    expect(parseExpiry("12 / 29")).toEqual({ month: 12, year: 2029 });
    expect(parseExpiry("01/2030")).toEqual({ month: 1, year: 2030 });
    expect(parseExpiry("13 / 29")).toBeNull();
    expect(expired({ month: 11, year: 2026 }, NOW())).toBe(false);
    expect(expired({ month: 10, year: 2026 }, NOW())).toBe(true);
  });

  it("accepts the test card and says what is wrong with others", () => {
    const schema = cardSchema(NOW);
    expect(schema.safeParse({ number: "4242 4242 4242 4242", expiry: "12 / 29", cvc: "123" }).success).toBe(
      true,
    );
    const bad = schema.safeParse({ number: "1234", expiry: "10 / 26", cvc: "1" });
    expect(bad.error?.issues.map((issue) => issue.path[0])).toEqual(["number", "expiry", "cvc"]);
  });
});
