import { expect, test } from "vitest";
import { passkeysWork } from "./passkeys";

const able = Object.assign(() => undefined, { parseCreationOptionsFromJSON: () => undefined });

test.each([
  ["films.example", able, true],
  ["localhost", able, true],
  ["127.0.0.1", able, false],
  ["[::1]", able, false],
  ["films.example", null, false],
  ["films.example", () => undefined, false],
])("at %s", (host, credential, works) => {
  expect(passkeysWork(host, credential)).toBe(works);
});
