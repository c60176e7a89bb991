import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/shared/api/problems";
import type { PlaySession } from "@/shared/api/shapes";
import { Renewal, type RenewalParts } from "./renewal";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const session = (id: string) => ({ session_id: id }) as PlaySession;
const refuse = (status: number) => new Problem({ status, code: "x", detail: "" });
const OLD = session("old");

function make(parts: Partial<RenewalParts> = {}) {
  const all = {
    ask: vi.fn(async () => session("new")),
    holds: vi.fn(() => true),
    onRenewed: vi.fn(),
    onUnwanted: vi.fn(),
    onRefused: vi.fn(),
    onReach: vi.fn(),
    ...parts,
  };
  return { renewal: new Renewal(all), ...all };
}

describe("Renewal", () => {
  it("takes a new lease at once while somebody watches", async () => {
    const { renewal, onRenewed } = make();
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(onRenewed).toHaveBeenCalledWith(session("new"), OLD);
  });

  it("waits for somebody to watch, and asks once", async () => {
    const { renewal, ask } = make();
    renewal.expired(OLD, true);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(ask).not.toHaveBeenCalled();
    expect(renewal.wake()).toBe(true);
    expect(renewal.wake()).toBe(false);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("asks for nothing after the viewing was let go", () => {
    const { renewal, ask } = make();
    renewal.expired(OLD, true);
    renewal.forget();
    expect(renewal.wake()).toBe(false);
    expect(ask).not.toHaveBeenCalled();
  });

  it("asks until the network is back, ever more slowly", async () => {
    const ask = vi.fn(async () => session("new"));
    for (const status of [0, 503, 429, 0]) ask.mockRejectedValueOnce(refuse(status));
    const { renewal, onReach, onRenewed } = make({ ask });
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(ask).toHaveBeenCalledTimes(4);
    expect(onReach).toHaveBeenLastCalledWith(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(onRenewed).toHaveBeenCalledTimes(1);
  });

  it("hands a refusal over and stops asking", async () => {
    const why = refuse(403);
    const ask = vi.fn(async () => Promise.reject(why));
    const { renewal, onRefused } = make({ ask });
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(onRefused).toHaveBeenCalledWith(why);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("gives back a lease that comes after the viewing was let go", async () => {
    let held = true;
    const { renewal, onRenewed, onUnwanted } = make({
      ask: async () => {
        held = false;
        return session("new");
      },
      holds: () => held,
    });
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(onUnwanted).toHaveBeenCalledWith(session("new"));
    expect(onRenewed).not.toHaveBeenCalled();
  });

  it("goes on also where leases run out at once, but ever more slowly", async () => {
    const ask = vi.fn(async () => session("new"));
    const { renewal, onRenewed } = make({ ask });
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(0);
    for (const [index, wait] of [1_000, 5_000, 15_000, 30_000].entries()) {
      renewal.expired(OLD, false);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(ask).toHaveBeenCalledTimes(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(ask).toHaveBeenCalledTimes(index + 2);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(onRenewed).toHaveBeenCalledTimes(6);
  });

  it("counts the time of a sleep, in which the page's own clock stands still", async () => {
    const { renewal, ask } = make();
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    renewal.expired(OLD, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
