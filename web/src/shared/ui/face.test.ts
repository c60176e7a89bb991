// Faces are the same each time, differ from one another, and their words fit.
import { expect, test } from "vitest";
import { letterWidth, numberOf } from "./face";

test("a seed has one number, and its neighbours have others", () => {
  expect(numberOf("01a21d3d")).toBe(numberOf("01a21d3d"));
  expect(numberOf("Queen")).toBeGreaterThan(0x7fff_ffff);
  const found = new Set(
    Array.from({ length: 64 }, (_, at) => numberOf(`01a21d3d-ffdf-7418-b74e-${at}`) % 32),
  );
  expect(found.size).toBeGreaterThan(20);
});

test("a long name is written smaller, so that all of it is", () => {
  expect(letterWidth("Two Sentence Horror Stories")).toBe(15);
  expect(letterWidth("Teenage Mutant Ninja Turtles II: The Secret of the Ooze")).toBeLessThan(11);
});

test("the longest word decides how large the letters are", () => {
  expect(letterWidth("Up")).toBe(15);
  expect(letterWidth("The Queen")).toBe(15);
  expect(letterWidth("Rindfleischetikettierung")).toBe(5);
  expect(letterWidth("Anne-Marie")).toBe(15);
  expect(letterWidth("👩‍👩‍👧")).toBe(15);
  expect(letterWidth("")).toBe(15);
});
