import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/shared/api/problems";
import type { PlaySession } from "@/shared/api/shapes";
import { patiently } from "./patience";

const session = { id: "s" } as unknown as PlaySession;
const refusal = (status: number, code = "unavailable") => new Problem({ status, code, detail: code });

/** What comes of asking whom one answer after the other is given, the last for ever. */
async function asked(answers: (PlaySession | Problem)[], hasPlan = false) {
  let asks = 0;
  const reached: boolean[] = [];
  const ask = async () => {
    const answer = answers[Math.min(asks++, answers.length - 1)];
    if (answer instanceof Problem) throw answer;
    return answer as PlaySession;
  };
  const found = patiently(ask, {
    hasPlan: () => hasPlan,
    wanted: () => true,
    onReach: (on) => reached.push(on),
  })
    .catch((error: Problem) => error.status)
    .then((end) => ({ end, asks, reached }));
  await vi.advanceTimersByTimeAsync(120_000);
  return found;
}

describe("asking for a session", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([429, 502, 503, 504])("waits for who is busy (%d)", async (status) => {
    expect(await asked([refusal(status), refusal(status), session])).toEqual({
      end: session,
      asks: 3,
      reached: [true],
    });
  });

  it("gives up on who stays busy, and says so", async () => {
    expect(await asked([refusal(503)])).toEqual({ end: 503, asks: 5, reached: [] });
  });

  it.each([403, 404, 409, 500])("takes a refusal at once (%d)", async (status) => {
    expect(await asked([refusal(status)])).toMatchObject({ end: status, asks: 1 });
  });

  it("asks on while nobody can be reached", async () => {
    const away = Array.from({ length: 9 }, () => refusal(0, "offline"));
    expect(await asked([...away, session])).toMatchObject({ end: session, asks: 10 });
  });

  it("waits for a plan that was only just taken", async () => {
    expect(await asked([refusal(403, "no_plan"), session], true)).toMatchObject({ end: session, asks: 2 });
    expect(await asked([refusal(403, "no_plan"), session])).toMatchObject({ end: 403, asks: 1 });
  });
});
