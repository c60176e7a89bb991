import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { speak } from "@/shared/i18n/i18n";
import { asProblem, OFFLINE, Problem, problemOf, sentence } from "./problems";

const answer = (status: number, body: string) => new Response(body, { status });

describe("sentence", () => {
  it("takes the server's words, and kinder ones where there are any", () => {
    expect(sentence(new Problem({ status: 403, code: "no_plan", detail: "Watching needs a plan." }))).toBe(
      "Watching needs a plan.",
    );
    expect(sentence(new Problem({ status: 402, code: "payment_declined", detail: "declined" }))).toMatch(
      /another card/,
    );
  });

  it("always has a sentence with a way out", () => {
    for (const error of [
      new Error("TypeError: x"),
      null,
      undefined,
      new Problem({ status: 418, code: "?", detail: "" }),
    ]) {
      expect(sentence(error)).toMatch(/^[A-Z].*(try again|reload).*\.$/);
    }
    expect(sentence(asProblem(new TypeError("Failed to fetch")))).toMatch(/connection/);
  });
});

describe("in German", () => {
  beforeAll(() => speak("de"));
  afterAll(() => speak("en"));

  it("speaks German of every problem it knows, and else lets the server speak", () => {
    const told = (code: string, more: object = {}) =>
      sentence(new Problem({ status: 403, code, detail: "Watching needs a plan.", ...more }));
    expect(told("no_plan")).toBe("Zum Schauen brauchst du ein Abo. Such dir eins aus.");
    expect(told("a_code_of_tomorrow")).toBe("Watching needs a plan.");
    expect(told("lease_lost", { reason: "plan_ended" })).toBe(
      "Dein Abo ist zu Ende. Such dir eins aus, dann geht es weiter.",
    );
  });

  it("does not explain a field in English", () => {
    const errors = [
      { loc: ["body", "email"], msg: "Not an address.", type: "a_type_of_tomorrow" },
      { loc: ["body", "name"], msg: "String should have at most 40 characters", type: "string_too_long" },
      { loc: ["body", "pin"], msg: "Not a PIN." },
    ];
    const problem = new Problem({ status: 422, code: "invalid", detail: "", errors });
    expect(problem.field("email")).toBe("Schau hier bitte noch mal hin.");
    expect(problem.field("name")).toBe("Das ist zu lang.");
    expect(problem.field("pin")).toBe("Schau hier bitte noch mal hin.");
    expect(problem.field("country")).toBeUndefined();
  });

  it("says what the edge says where nothing is behind it", () => {
    for (const code of ["gateway_unreachable", "gateway_slow"])
      expect(sentence(new Problem({ status: 502, code, detail: "Bijou is starting." }))).toMatch(
        /Versuch es/,
      );
  });
});

describe("problemOf", () => {
  it("reads a problem document with its extra members", async () => {
    const problem = await problemOf(
      answer(
        409,
        JSON.stringify({ status: 409, code: "streams_exceeded", detail: "Full.", trace_id: "t1", limit: 2 }),
      ),
    );
    expect(problem).toMatchObject({ status: 409, code: "streams_exceeded", traceId: "t1" });
    expect(problem.body.limit).toBe(2);
  });

  it("copes with answers that are not problems", async () => {
    expect((await problemOf(answer(502, "<html>Bad gateway"))).code).toBe("unavailable");
    expect((await problemOf(answer(404, "{}"))).status).toBe(404);
    expect(asProblem(new TypeError("x")).code).toBe(OFFLINE);
  });
});

describe("field errors", () => {
  it("are found by the end of their path", () => {
    const problem = new Problem({
      status: 422,
      code: "invalid",
      detail: "",
      errors: [{ loc: ["body", "email"], msg: "Not an address." }],
    });
    expect(problem.field("email")).toBe("Not an address.");
    expect(problem.field("name")).toBeUndefined();
  });

  it("are in words for people where there are any", () => {
    const errors = [
      { loc: ["body", "name"], msg: "String should have at least 1 character", type: "string_too_short" },
    ];
    expect(new Problem({ status: 422, code: "invalid", detail: "", errors }).field("name")).toBe(
      "This is too short.",
    );
  });
});

it("takes a code that the API does not have for a mistake of types", () => {
  const problem = new Problem({ status: 409, code: "already_in_list", detail: "" });

  expect(problem.code === "already_in_list").toBe(true);
  // @ts-expect-error The list of codes is generated; this one is not in it.
  expect(problem.code === "already_in_lists").toBe(false);
});
