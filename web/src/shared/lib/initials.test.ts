import { expect, it } from "vitest";
import { initials } from "./initials";

it.each([
  ["Isolde Harrow", "IH"],
  ["mira okonkwo-hale", "MO"],
  ["Bram van der Teviot", "BT"],
  ["Zendaya", "Z"],
  ["“Weird” Al Yankovic", "WY"],
  ["E\u0301mile Zola", "E\u0301Z"],
  ["宮崎 駿", "宮駿"],
  [" ", ""],
])("%s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
