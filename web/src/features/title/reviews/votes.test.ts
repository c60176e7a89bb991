import { expect, it } from "vitest";
import { voted } from "./votes";

it("counts a vote, a change of mind and a vote taken back", () => {
  const first = voted({ helpful: 3, unhelpful: 1, mine: null }, true);
  expect(first).toEqual({ helpful: 4, unhelpful: 1, mine: true });
  const other = voted(first, false);
  expect(other).toEqual({ helpful: 3, unhelpful: 2, mine: false });
  expect(voted(other, null)).toEqual({ helpful: 3, unhelpful: 1, mine: null });
});
