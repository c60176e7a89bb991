import { afterEach, expect, test, vi } from "vitest";
import { handLinkTokenTo, linkToken } from "./link-token";

const TOKEN = "Zk3Wv7yQmB1nXc8tRf5hJ2pLs9dGa4eUo6iKq0xYwTM";

function page(address: string): { replaced: string[] } {
  const { hash, pathname, search } = new URL(address, "https://films.example");
  const replaced: string[] = [];
  const location = { hash, pathname, search };
  vi.stubGlobal("window", {
    location,
    history: {
      state: { kept: 1 },
      replaceState: (_state: unknown, _title: string, to: string) => {
        replaced.push(to);
        location.hash = "";
      },
    },
  });
  return { replaced };
}

afterEach(() => vi.unstubAllGlobals());

test("a token is read once and taken out of the address", () => {
  const { replaced } = page(`/reset?x=1#${TOKEN}`);
  expect(linkToken()).toBe(TOKEN);
  expect(replaced).toEqual(["/reset?x=1"]);
  expect(linkToken()).toBe(TOKEN);
});

test("another page does not get it", () => {
  page(`/reset#${TOKEN}`);
  linkToken();
  page("/verify");
  expect(linkToken()).toBeNull();
});

test("an anchor is no token", () => {
  const { replaced } = page("/verify#top");
  expect(linkToken()).toBeNull();
  expect(replaced).toEqual([]);
});

test("another page gets it when it is handed on, and it alone", () => {
  page(`/reset#${TOKEN}`);
  linkToken();
  handLinkTokenTo("/sign-in");
  expect(linkToken()).toBeNull();
  page("/sign-in");
  expect(linkToken()).toBe(TOKEN);
});
