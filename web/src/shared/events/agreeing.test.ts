import { expect, it } from "vitest";
import { Agreeing } from "./agreeing";
import { agree, agreed } from "./consent";
import type { Agreed } from "./kinds";

function made(consents: Agreed[], answered: boolean) {
  const kept = new Map<string, string>();
  const account = { consents, answered_at: answered ? "2026-11-27T19:02:11Z" : null, away: false };
  const agreeing = new Agreeing(
    {
      read: async () => account,
      answer: async (_, what) => {
        if (account.away) throw new Error("out of reach");
        Object.assign(account, { consents: [...what], answered_at: "2026-11-27T20:00:00Z" });
      },
    },
    {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  );
  return { account, agreeing };
}

it("takes over what was said on another device", async () => {
  const { agreeing } = made(["analytics"], true);
  agree("iris", ["personalisation"]);
  await agreeing.learn("iris");
  expect(agreed("iris")).toEqual(["analytics"]);
});

it("tells the account what was agreed to before it could know", async () => {
  const { agreeing, account } = made([], false);
  agree("june", ["personalisation"]);
  await agreeing.learn("june");
  expect([agreed("june"), account.consents]).toEqual([["personalisation"], ["personalisation"]]);
});

it("asks nobody who has not answered", async () => {
  const { agreeing, account } = made([], false);
  await agreeing.learn("kay");
  expect([agreed("kay"), account.answered_at]).toEqual([[], null]);
});

it("holds a refusal at once, and says it when the account is back in reach", async () => {
  const { agreeing, account } = made(["analytics"], true);
  await agreeing.learn("lea");
  account.away = true;
  await expect(agreeing.say("lea", [])).rejects.toThrow("out of reach");
  expect(agreed("lea")).toEqual([]);
  account.away = false;
  await agreeing.learn("lea");
  expect([agreed("lea"), account.consents]).toEqual([[], []]);
});

it("lets what is chosen meanwhile stand against what was read before", async () => {
  const { agreeing, account } = made(["analytics"], true);
  const learning = agreeing.learn("mia");
  const saying = agreeing.say("mia", ["personalisation"]);
  await Promise.all([learning, saying]);
  expect([agreed("mia"), account.consents]).toEqual([["personalisation"], ["personalisation"]]);
});

it("tells one choice after the other, so that the last one holds", async () => {
  const { agreeing, account } = made([], false);
  await Promise.all([
    agreeing.say("noa", ["analytics"]),
    agreeing.say("noa", ["analytics", "personalisation"]),
    agreeing.say("noa", []),
  ]);
  expect([agreed("noa"), account.consents]).toEqual([[], []]);
});

it("knows whether the account has heard, and tells it once more where a page was left too soon", async () => {
  const { agreeing, account } = made([], false);
  account.away = true;
  const saying = agreeing.say("ole", ["analytics"]);
  expect(await agreeing.heard("ole")).toBe(false);
  await expect(saying).rejects.toThrow("out of reach");
  account.away = false;
  expect(await agreeing.heard("ole")).toBe(true);
  expect(account.consents).toEqual(["analytics"]);
  expect(await agreeing.heard("pia")).toBe(true);
});

it("keeps a refusal that nobody could be told, whatever another profile of the device answers meanwhile", async () => {
  const told: [string, readonly Agreed[]][] = [];
  const known: Record<string, Agreed[]> = { quin: ["analytics"], ruth: [] };
  let away = true;
  const kept = new Map<string, string>();
  const agreeing = new Agreeing(
    {
      read: async (who) => ({ consents: known[who] ?? [], answered_at: "2026-11-27T19:02:11Z" }),
      answer: async (who, what) => {
        if (away) throw new Error("out of reach");
        told.push([who, what]);
        known[who] = [...what];
      },
    },
    {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  );
  agree("quin", ["analytics"]);
  await expect(agreeing.say("quin", [])).rejects.toThrow("out of reach");
  await expect(agreeing.say("ruth", ["personalisation"])).rejects.toThrow("out of reach");
  away = false;
  await agreeing.learn("ruth");
  await agreeing.learn("quin");
  expect(told).toEqual([
    ["ruth", ["personalisation"]],
    ["quin", []],
  ]);
  expect([agreed("quin"), kept.size]).toEqual([[], 0]);
});
