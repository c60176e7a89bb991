import { expect, it, vi } from "vitest";
import { Assigned, type Assignments } from "./assigned";

function made(kept: Record<string, string> = {}) {
  const world = {
    profileId: "iris" as string | null,
    answer: { version: "1", experiments: { cards: "large" }, flags: { moving: false } } as Assignments,
    asked: 0,
  };
  const exposed = vi.fn();
  const assigned = new Assigned({
    profileId: () => world.profileId,
    ask: async () => {
      world.asked += 1;
      return world.answer;
    },
    storage: {
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => {
        kept[key] = value;
      },
    },
    soon: (act) => act(),
    exposed,
  });
  return { world, exposed, assigned, kept };
}

const settled = () => new Promise((done) => setTimeout(done));

it("asks once for what holds, and again when an answer names another version", async () => {
  const { world, assigned } = made();
  const changed = vi.fn();
  assigned.subscribe(changed);
  for (const version of ["1", "1", null]) assigned.heard(version);
  await settled();
  expect([world.asked, assigned.flag("moving", true), changed.mock.calls.length]).toEqual([1, false, 1]);
  assigned.heard("1");
  await settled();
  expect(world.asked).toBe(1);
  world.answer = { ...world.answer, version: "2", flags: {} };
  assigned.heard("2");
  await settled();
  expect([world.asked, assigned.flag("moving", true)]).toEqual([2, true]);
});

it("does not ask again and again while who assigns is behind who said so", async () => {
  const { world, assigned } = made();
  for (let again = 0; again < 5; again += 1) {
    assigned.heard("2");
    await settled();
  }
  expect(world.asked).toBe(1);
});

it("tells an arm when it is met, once, and nobody else's", async () => {
  const { world, assigned, exposed } = made();
  expect(assigned.meet("cards")).toBeNull();
  assigned.heard("1");
  await settled();
  expect(exposed).not.toHaveBeenCalled();
  expect([assigned.meet("cards"), assigned.meet("cards"), assigned.meet("other")]).toEqual([
    "large",
    "large",
    null,
  ]);
  expect(exposed.mock.calls).toEqual([["cards", "large"]]);
  expect(assigned.met).toEqual({ cards: "large" });
  world.profileId = "june";
  expect(assigned.meet("cards")).toBeNull();
});

it("begins with what held when this device asked last", async () => {
  const kept: Record<string, string> = {};
  const before = made(kept);
  before.assigned.heard("1");
  await settled();
  const { world, assigned } = made(kept);
  expect(assigned.flag("moving", true)).toBe(false);
  assigned.heard("1");
  expect(world.asked).toBe(0);
  expect(made({ "bijou.assignments": "{" }).assigned.flag("moving", true)).toBe(true);
});
