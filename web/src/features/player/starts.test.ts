import { beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "@/shared/api/playback";
import { Problem } from "@/shared/api/problems";
import type { PlaySession } from "@/shared/api/shapes";
import { Starts } from "./starts";

vi.mock("@/shared/api/playback", () => ({ startSession: vi.fn(), takeBack: vi.fn(), leaveStart: vi.fn() }));
vi.mock("./held", () => ({ heldSession: () => "held" }));

const start = vi.mocked(api.startSession);
const lost = new Problem({ status: 0, code: "network", detail: "" });

beforeEach(() => void vi.resetAllMocks());

describe("Starts", () => {
  it("asks under a new key each time, in the place of what is held", async () => {
    const session = { session_id: "s" } as PlaySession;
    start.mockResolvedValue(session);
    const starts = new Starts();
    expect(await starts.ask("film")).toBe(session);
    await starts.ask("film");
    const [first, second] = start.mock.calls;
    expect(first?.slice(0, 2)).toEqual(["film", "held"]);
    expect(second?.[2]).not.toBe(first?.[2]);
    starts.leave();
    expect(api.leaveStart).not.toHaveBeenCalled();
  });

  it("takes back a start whose answer has yet to come", () => {
    start.mockReturnValue(new Promise(() => {}));
    const starts = new Starts();
    void starts.ask("film");
    starts.leave();
    expect(api.leaveStart).toHaveBeenCalledExactlyOnceWith(start.mock.calls[0]?.[2]);
  });

  it("takes a start back whose answer was lost, before the next and on leaving", async () => {
    start.mockRejectedValue(lost);
    const starts = new Starts();
    await expect(starts.ask("film")).rejects.toBe(lost);
    await expect(starts.ask("film")).rejects.toBe(lost);
    const [first, second] = start.mock.calls.map((call) => call[2]);
    expect(api.takeBack).toHaveBeenCalledExactlyOnceWith(first);
    starts.leave();
    expect(api.leaveStart).toHaveBeenCalledExactlyOnceWith(second);
  });

  it("owes nothing for a start that was refused", async () => {
    start.mockRejectedValue(new Problem({ status: 403, code: "no_plan", detail: "" }));
    const starts = new Starts();
    await expect(starts.ask("film")).rejects.toThrow();
    starts.leave();
    expect(api.leaveStart).not.toHaveBeenCalled();
  });
});
