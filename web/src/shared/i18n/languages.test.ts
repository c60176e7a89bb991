import { afterEach, expect, it, vi } from "vitest";
import { language, locale, speak } from "./i18n";
import { bestOf } from "./languages";

afterEach(async () => {
  vi.unstubAllGlobals();
  await speak("en");
});

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

it("writes as the browser's region does, unless that is no region", () => {
  vi.stubGlobal("navigator", { languages: ["en-US@posix", "en-GB"] });
  expect(locale()).toBe("en-GB");
  expect(new Intl.NumberFormat(locale()).format(1.5)).toBe("1.5");
  vi.stubGlobal("navigator", { languages: ["en-US@posix"] });
  expect(locale()).toBe("en");
});

it("speaks what was asked for last, however long another language takes to come", async () => {
  const [german, english] = [speak("de"), speak("en")];
  await Promise.all([german, english]);
  expect(language()).toBe("en");
});
