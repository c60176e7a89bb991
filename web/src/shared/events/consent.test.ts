import { expect, it } from "vitest";
import { agree, agreed, answered } from "./consent";
import { needs } from "./kinds";

it("lets nothing but what runs the service be told before somebody agreed", () => {
  expect(agreed("ada")).toEqual([]);
  expect(agreed(null)).toEqual([]);
  expect(answered("ada")).toBe(false);
  agree("ada", ["analytics"]);
  expect([agreed("ada"), agreed("bob"), answered("ada")]).toEqual([["analytics"], [], true]);
  expect(
    (["impression", "click", "search", "page", "playback", "error"] as const).map((type) => needs({ type })),
  ).toEqual(["personalisation", "personalisation", "personalisation", "analytics", undefined, undefined]);
});
