import { expect, it } from "vitest";
import { bestOf } from "./languages";

it("gives each the first of its wishes that can be met", () => {
  expect(bestOf(["de"])).toBe("de");
  expect(bestOf(["de-AT", "en"])).toBe("de");
  expect(bestOf(["fr-CA", "DE-CH", "en-GB"])).toBe("de");
  expect(bestOf(["en-GB", "de"])).toBe("en");
});

it("keeps to what was chosen before, and speaks English where nothing fits", () => {
  expect(bestOf(["en", "de-DE"])).toBe("en");
  expect(bestOf([null, "fr", "ja-JP"])).toBe("en");
  expect(bestOf([undefined, "", "constructor"])).toBe("en");
});
