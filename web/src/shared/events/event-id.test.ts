import { expect, it } from "vitest";
import { eventId } from "./event-id";

it("makes UUIDs of version 7 that sort by their time", () => {
  const made = [1_764_000_000_000, 1_764_000_000_001, 1_795_000_000_000].map((now) => eventId(now));
  for (const id of made)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...made].sort()).toEqual(made);
  expect(new Set(Array.from({ length: 1000 }, () => eventId(5))).size).toBe(1000);
});
