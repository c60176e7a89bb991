// A browser may block its storage, and then the first look at it throws: one module knows how to do without.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const STORAGE = /\b(?:local|session)Storage\b/;

test("one module alone looks at the browser's storage", () => {
  const files = globSync("{src,reference}/**/*.{ts,tsx}").filter((file) => !file.endsWith(".test.ts"));
  expect(files.filter((file) => STORAGE.test(readFileSync(file, "utf8")))).toEqual([
    "src/shared/lib/storage.ts",
  ]);
});
