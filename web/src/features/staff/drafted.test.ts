import { expect, it } from "vitest";
import { armsOf, armsSaid, EVERYBODY, meant, mistakes, placesOfPart, written } from "./drafted";

it("reads an audience as it was written, and writes it as it is", () => {
  const said = {
    countries: "pt, DE ,pt",
    plans: "premium",
    devices: ["tv", "web"] as const,
    version: " 1.4 ",
  };
  const audience = {
    countries: ["PT", "DE"],
    plans: ["premium"],
    devices: ["web" as const, "tv" as const],
    app_version: "1.4",
  };
  expect([mistakes(said), meant(said)]).toEqual([[], audience]);
  expect(meant(written(audience))).toEqual(audience);
  expect(meant(EVERYBODY)).toEqual({ countries: [], plans: [], devices: [], app_version: null });
  expect(mistakes({ ...EVERYBODY, countries: "Portugal", version: "new" })).toEqual(["countries", "version"]);
});

it("reads arms with their weights, and refuses what compares nothing", () => {
  const arms = [
    { name: "control", weight: 1 },
    { name: "large", weight: 2 },
  ];
  expect(armsOf("control, large: 2")).toEqual(arms);
  expect(armsOf(armsSaid(arms))).toEqual(arms);
  for (const text of [
    "",
    "control",
    "control, control",
    "control, la rge",
    "control, large: 0",
    "control, large: x",
  ])
    expect([text, armsOf(text)]).toEqual([text, null]);
});

it("takes a part of a layer for its places", () => {
  expect([placesOfPart("0", "50"), placesOfPart("50", "100"), placesOfPart("12.5", "12,6")]).toEqual([
    { first: 0, last: 499 },
    { first: 500, last: 999 },
    { first: 125, last: 125 },
  ]);
  for (const [from, to] of [
    ["50", "50"],
    ["-1", "5"],
    ["0", "101"],
    ["x", "5"],
    ["", "5"],
  ] as const)
    expect([from, to, placesOfPart(from, to)]).toEqual([from, to, null]);
});
