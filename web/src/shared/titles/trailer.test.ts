// The trailer in the viewer's language comes before the first.
import { expect, test } from "vitest";
import { type Trailer, trailerOf } from "./trailer";

const trailer = (name: string, language: string): Trailer => ({
  id: name,
  playable_id: name,
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
