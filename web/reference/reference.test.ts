import { describe, expect, it } from "vitest";
import type { Operation } from "./explorer";
import { matching } from "./finding";
import { given, signedOut } from "./token";

const operation = (method: string, path: string, summary: string): Operation => ({
  elementId: `${method}-${path}`,
  method,
  path,
  summary,
});
const operations = [
  operation("post", "/api/v1/playback/sessions", "Start playing"),
  operation("get", "/api/v1/me", "Read my account"),
  operation("get", "/api/v1/me/sessions", "List where I am signed in"),
  operation("post", "/api/v1/auth/login", "Sign in with e-mail and password"),
];
const summaries = (sought: string) => matching(operations, sought).map(({ summary }) => summary);

describe("finding an operation", () => {
  it("wants every word, in the summary, the path or the method", () => {
    expect(summaries("SESSIONS post")).toEqual(["Start playing"]);
    expect(summaries("sessions")).toEqual(["Start playing", "List where I am signed in"]);
    expect(summaries("sessions nothing")).toEqual([]);
    expect(summaries("  ")).toEqual([]);
  });

  it("puts those that begin with the word first", () => {
    expect(summaries("sign")).toEqual(["Sign in with e-mail and password", "List where I am signed in"]);
  });
});

describe("the token of what is tried", () => {
  const request = { method: "POST", url: "/api/v1/auth/login" };

  it("is taken from every answer that carries one", () => {
    const body = { access_token: "a.b.c", profile_id: null };
    expect(given({ request, response: { status: 200, body } })).toBe(body);
    expect(given({ request, response: { status: 401, body: { code: "bad_credentials" } } })).toBeUndefined();
    expect(given({ request, response: { status: 204, body: "" } })).toBeUndefined();
    expect(given({ request })).toBeUndefined();
  });

  it("is forgotten with a sign-out that was carried out", () => {
    const out = { method: "POST", url: "http://127.0.0.1:8080/api/v1/auth/logout" };
    expect(signedOut({ request: out, response: { status: 204, body: "" } })).toBe(true);
    expect(signedOut({ request: out, response: { status: 401, body: {} } })).toBe(false);
    expect(signedOut({ request, response: { status: 204, body: "" } })).toBe(false);
  });
});
