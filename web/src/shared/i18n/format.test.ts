import { afterEach, describe, expect, it } from "vitest";
import {
  clock,
  clockLength,
  day,
  languageName,
  listParts,
  maturityLabel,
  money,
  number,
  percent,
  regionName,
  runningTime,
} from "./format";
import { speak, t } from "./i18n";

/** Spaces that do not break look like spaces. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

afterEach(() => speak("en"));

describe("in English", () => {
  it("writes times, money and dates", () => {
    expect([40, 59.6, 24 * 60, 3600, 6120].map(runningTime)).toEqual([
      "40 sec",
      "1 min",
      "24 min",
      "1 hr",
      "1 hr 42 min",
    ]);
    expect([7, 754, 3723, Number.NaN].map(clock)).toEqual(["0:07", "12:34", "1:02:03", "0:00"]);
    expect([61.96, 62, 62.4, Number.NaN].map(clockLength)).toEqual(["1:02", "1:02", "1:02", "0:00"]);
    expect(money(999, "USD")).toBe("$9.99");
    expect(money(500, "JPY")).toBe("¥500");
    expect(day("2026-11-20T12:00:00Z")).toBe("November 20, 2026");
    expect([percent(17), maturityLabel(0), maturityLabel(12)]).toEqual(["17%", "All", "12+"]);
  });

  it("names countries", () => {
    expect([regionName("IE"), regionName("nowhere")]).toEqual(["Ireland", "nowhere"]);
  });

  it("counts", () => {
    expect([1, 2].map((count) => t("common.seasons", { count }))).toEqual(["1 season", "2 seasons"]);
    expect(t("common.ratings", { count: 12345 })).toBe("12,345 ratings");
  });
});

describe("in German", () => {
  it("writes times, money and dates", async () => {
    await speak("de");
    expect([40, 24 * 60, 6120].map((time) => plain(runningTime(time)))).toEqual([
      "40 Sek.",
      "24 Min.",
      "1 Std. 42 Min.",
    ]);
    expect(plain(money(999, "EUR"))).toBe("9,99 €");
    expect(day("2026-11-20T12:00:00Z")).toBe("20. November 2026");
    expect(plain(percent(17))).toBe("17 %");
    expect([number(1.25), languageName("fr"), maturityLabel(12)]).toEqual(["1,25", "Französisch", "ab 12"]);
    expect(listParts(["Iris Vale", "Otto Brand"])).toEqual([
      { item: "Iris Vale" },
      { text: ", " },
      { item: "Otto Brand" },
    ]);
  });

  it("counts", async () => {
    await speak("de");
    expect([1, 2].map((count) => t("common.seasons", { count }))).toEqual(["1 Staffel", "2 Staffeln"]);
    expect(t("common.ratings", { count: 12345 })).toBe("12.345 Bewertungen");
  });
});
