import { expect, it } from "vitest";
import { sayAgain, type Verdict } from "./say-again";

const token = (cons: string[], pid = "ada") => `h.${btoa(JSON.stringify({ pid, cons }))}.s`;
const refused: Verdict[] = [
  { reason: null, detail: null },
  { reason: "not_in_token", detail: "analytics" },
];

function tokens(now: string | null, next: string | Error) {
  const asked: (string | null)[] = [];
  return {
    asked,
    now: () => now,
    renewed: async (stale: string | null) => {
      asked.push(stale);
      if (next instanceof Error) throw next;
      return next;
    },
  };
}

it("tells again with a newer token what only the old one had not agreed to", async () => {
  const old = token([]);
  const renewing = tokens(old, token(["analytics"]));
  expect(await sayAgain(refused, "ada", renewing)).toBe(true);
  expect(renewing.asked).toEqual([old]);
});

it("asks for no token where there is a newer one already", async () => {
  const renewed = tokens(token(["analytics"]), new Error("out of reach"));
  expect(await sayAgain(refused, "ada", renewed)).toBe(true);
  expect(renewed.asked).toEqual([]);
});

it("lets go of what the newest token does not agree to either, and of what the app itself did not", async () => {
  expect(await sayAgain(refused, "ada", tokens(token([]), token(["personalisation"])))).toBe(false);
  const renewing = tokens(token([]), token(["analytics"]));
  expect(await sayAgain([{ reason: "not_in_batch", detail: "analytics" }], "ada", renewing)).toBe(false);
  expect(renewing.asked).toEqual([]);
});

it("keeps it where no token can be had, and for a profile that comes back", async () => {
  await expect(sayAgain(refused, "ada", tokens(null, new Error("out of reach")))).rejects.toThrow();
  expect(await sayAgain(refused, "ada", tokens(token([]), token([], "bob")))).toBe(true);
});
