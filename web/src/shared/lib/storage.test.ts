import { afterEach, expect, it, vi } from "vitest";
import { device, tab } from "./storage";

const blocked = () => {
  throw new DOMException("Access is denied for this document.", "SecurityError");
};

function browser(storage: Partial<Storage> | (() => never)): void {
  const get = typeof storage === "function" ? storage : () => storage;
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(globalThis, name, { configurable: true, get });
}

const before = ["localStorage", "sessionStorage"].map(
  (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
);
afterEach(() => {
  for (const [name, own] of before) {
    if (own) Object.defineProperty(globalThis, name, own);
    else Reflect.deleteProperty(globalThis, name);
  }
});

it.each([
  ["on this device", device],
  ["in this tab", tab],
])("what is kept %s is kept by the page where the browser blocks it", (_, place) => {
  browser(blocked);
  expect(place.getItem("bijou.language")).toBeNull();
  place.setItem("bijou.language", "de");
  expect(place.getItem("bijou.language")).toBe("de");
  place.removeItem("bijou.language");
  expect(place.getItem("bijou.language")).toBeNull();
});

it("a full storage does not bring back what was there before the last write", () => {
  const kept = new Map([["bijou.chosen", "old"]]);
  const setItem = vi.fn(blocked as (key: string, value: string) => void);
  browser({
    getItem: (key) => kept.get(key) ?? null,
    setItem,
    removeItem: (key) => void kept.delete(key),
  });
  device.setItem("bijou.chosen", "new");
  expect(device.getItem("bijou.chosen")).toBe("new");
  expect(kept.has("bijou.chosen"), "after a reload").toBe(false);

  setItem.mockImplementation((key, value) => void kept.set(key, value));
  device.setItem("bijou.chosen", "newer");
  kept.set("bijou.chosen", "from another tab");
  expect(device.getItem("bijou.chosen")).toBe("from another tab");
  device.removeItem("bijou.chosen");
  expect(device.getItem("bijou.chosen")).toBeNull();
});
