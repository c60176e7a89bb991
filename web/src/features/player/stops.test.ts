import { describe, expect, it } from "vitest";
import { Problem } from "@/shared/api/problems";
import { ofMedia, ofStart, ofStream, ranOut } from "./stops";

const problem = (status: number, code: string, more: object = {}) =>
  new Problem({ status, code, detail: "", ...more });

describe("why there is no picture", () => {
  it("names who holds the slots, and the way to take one over", () => {
    const active = [{ session_id: "s" }];
    const full = problem(409, "streams_exceeded", { active, limit: 1, takeover: { href: "/t" } });
    expect(ofStart(full)).toEqual({ kind: "slots", active, limit: 1, takeover: "/t" });
  });

  it.each([
    [0, "network", "failed"],
    [503, "unavailable", "failed"],
    [429, "too_many", "failed"],
    [403, "no_plan", "refused"],
  ])("takes a start's %i for %s", (status, code, kind) => {
    expect(ofStart(problem(status, code)).kind).toBe(kind);
  });

  it("keeps what ran out by itself apart from what was ended", () => {
    expect(ranOut(problem(404, "not_found"))).toBe(true);
    expect(ranOut(problem(410, "lease_lost", { reason: "expired" }))).toBe(true);
    expect(ranOut(problem(410, "lease_lost", { reason: "taken_over" }))).toBe(false);
  });

  it("says which gate closed on a running stream", () => {
    const closed = problem(410, "lease_lost", { reason: "plan_ended", gate: "plan" });
    expect(ofStream(closed)).toMatchObject({ kind: "refused", code: "plan_ended" });
    const long = problem(410, "lease_lost", { reason: "session_too_long", gate: "session" });
    expect(ofStream(long)).toEqual({ kind: "lost", reason: "session_too_long" });
    expect(ofStream(problem(410, "lease_lost", { reason: "taken_over" }))).toEqual({
      kind: "lost",
      reason: "taken_over",
    });
    expect(ofStream(problem(401, "token_expired"))).toMatchObject({ kind: "refused", code: "signed_out" });
  });

  it("gives the engine's code to support", () => {
    expect(ofMedia(3016)).toMatchObject({ kind: "failed", traceId: "media 3016" });
    expect(ofMedia(0)).toMatchObject({ traceId: "" });
  });
});
