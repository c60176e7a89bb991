import { describe, expect, it } from "vitest";
import type { Plan } from "@/shared/api/shapes";
import { offers, plainName, yearlySaving } from "./offer";

const plan = (id: string, name: string, interval: Plan["interval"], amount: number): Plan => ({
  id,
  name,
  interval,
  price: { amount, currency: "USD" },
  max_streams: 2,
  max_height: 1080,
  downloads: 2,
  ads: false,
  trial_days: 14,
});

describe("yearlySaving", () => {
  it("compares a yearly plan with twelve months of the same one", () => {
    expect(yearlySaving([plan("a", "Basic", "month", 1000), plan("b", "Basic", "year", 10_000)])).toBe(17);
  });
  it("promises nothing without a pair, and the least where plans differ", () => {
    expect(yearlySaving([plan("b", "Basic", "year", 10_000)])).toBe(0);
    const mixed = [
      plan("a", "Basic", "month", 1000),
      plan("b", "Basic yearly", "year", 6000),
      plan("c", "Premium", "month", 1000),
      plan("d", "Premium", "year", 10_800),
    ];
    expect(yearlySaving(mixed)).toBe(10);
    expect(yearlySaving([])).toBe(0);
  });
});

describe("offers", () => {
  it("says what a plan gives", () => {
    expect(offers(plan("a", "Basic", "month", 1))).toEqual([
      "2 screens at once",
      "Full HD picture",
      "Streaming on every device",
      "No advertisements",
    ]);
  });
});

describe("plainName", () => {
  it("drops the interval only", () => {
    expect(plainName(plan("a", "Standard (yearly)", "year", 1))).toBe("Standard");
    expect(plainName(plan("a", "Premium", "year", 1))).toBe("Premium");
  });
});
