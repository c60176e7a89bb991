// The trailer in the viewer's language comes before the first.
import { expect, test } from "vitest";
import { extrasOf, type Trailer, trailerOf } from "./trailer";

const trailer = (name: string, language: string, kind: Trailer["kind"] = "trailer"): Trailer => ({
  id: name,
  playable_id: name,
  kind,
  name,
  language,
  duration: 18,
});

test("the first in the viewer's language, else the first, else none", () => {
  const all = [trailer("one", "en"), trailer("zwei", "de-AT"), trailer("drei", "de")];
  expect(trailerOf(all, "de")?.name).toBe("zwei");
  expect(trailerOf(all, "en-GB")?.name).toBe("one");
  expect(trailerOf(all, "fr")?.name).toBe("one");
  expect(trailerOf([], "en")).toBeNull();
  expect(trailerOf(undefined, "en")).toBeNull();
});

test("no other extra is offered as a trailer, in whatever language", () => {
  const set = trailer("on set", "de", "behind_the_scenes");
  const teaser = trailer("teaser", "en", "teaser");
  expect(trailerOf([set, teaser], "de")?.name).toBe("teaser");
  expect(trailerOf([set, trailer("scene", "de", "clip")], "de")).toBeNull();
});

test("extras are shown from the first one that is not the trailer", () => {
  const only = trailer("one", "en");
  const set = trailer("on set", "en", "behind_the_scenes");
  expect(extrasOf([only], "en")).toEqual([]);
  expect(extrasOf([set], "en")).toEqual([set]);
  expect(extrasOf([only, set], "en")).toEqual([only, set]);
  expect(extrasOf(null, "en")).toEqual([]);
});
