import { expect, test } from "vitest";
import { pixelsOf } from "./blurred";

test("a blurhash is painted, and what is none stops no page", () => {
  const pixels = pixelsOf("LGF5]+Yk^6#M@-5c,1J5@[or[Q6.");
  expect(pixels).toHaveLength(16 * 16 * 4);
  expect(new Set(pixels).size).toBeGreaterThan(50);
  for (const wrong of ["", "LGF5", "LGF5]+Yk^6#M@-5c,1J5@[or[Q6.more"]) expect(pixelsOf(wrong)).toBeNull();
});
