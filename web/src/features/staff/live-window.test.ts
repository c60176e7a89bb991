import { expect, it } from "vitest";
import { windowOf } from "./live-window";

it("keeps what was chosen, and leaves out what is usual or means nothing", () => {
  expect(windowOf({ minutes: "240", by: "edge" })).toEqual({ minutes: 240, by: "edge" });
  expect(windowOf({ minutes: 60, by: "title" })).toEqual({});
  expect(windowOf({ minutes: "7", by: "shoe size" })).toEqual({});
});
