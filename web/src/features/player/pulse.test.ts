import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/shared/api/problems";
import type { Heartbeat } from "@/shared/api/shapes";
import { SignedOut } from "@/shared/session/session";
import { Pulse, type PulseParts, type Renewal } from "./pulse";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make(parts: Partial<PulseParts> = {}) {
  const sent: Heartbeat[] = [];
  const all = {
    fencing: 7,
    interval: 10,
    read: () => ({ position: 5, state: "playing" as const }),
    send: vi.fn(async (body: Heartbeat): Promise<Renewal> => {
      sent.push(body);
      return { grant: "new", max_height: 720 };
    }),
    onRenewed: vi.fn(),
    onLost: vi.fn(),
    onReach: vi.fn(),
    ...parts,
  };
  return { pulse: new Pulse(all), sent, ...all };
}

const refuse = (status: number) => new Problem({ status, code: "x", detail: "" });

describe("Pulse", () => {
  it("beats at every interval with a growing number and hands over what comes back", async () => {
    const { pulse, sent, onRenewed } = make();
    pulse.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sent.map((body) => [body.seq, body.fencing])).toEqual([
      [1, 7],
      [2, 7],
      [3, 7],
    ]);
    expect(onRenewed).toHaveBeenCalledWith({ grant: "new", max_height: 720 });
    pulse.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(3);
  });

  it("never has two under way, and lets one follow", async () => {
    let finish = () => {};
    const send = vi.fn(() => new Promise<object>((done) => (finish = () => done({}))));
    const { pulse } = make({ send });
    pulse.beat();
    pulse.beat();
    pulse.beat();
    expect(send).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("stops for good when the slot is lost, and hands over why", async () => {
    const why = new Problem({ status: 410, code: "lease_lost", detail: "", reason: "taken_over" });
    const { pulse, onLost, send } = make({ send: vi.fn(async () => Promise.reject(why)) });
    pulse.start();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(onLost).toHaveBeenCalledTimes(1);
    expect(onLost).toHaveBeenCalledWith(why);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("takes a sign-in that is over for a lost slot", async () => {
    const { pulse, onLost } = make({ send: vi.fn(async () => Promise.reject(new SignedOut())) });
    pulse.beat();
    await vi.advanceTimersByTimeAsync(0);
    expect(onLost).toHaveBeenCalledWith(expect.objectContaining({ status: 401, code: "signed_out" }));
  });

  it("tries again sooner after failures, says so from the second, and recovers", async () => {
    const answers = [refuse(503), new TypeError("Failed to fetch"), null];
    const send = vi.fn(async () => {
      const error = answers.shift();
      if (error) throw error;
      return {};
    });
    const { pulse, onReach } = make({ send });
    pulse.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onReach).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onReach).toHaveBeenLastCalledWith(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(onReach).toHaveBeenLastCalledWith(true);
    expect(send).toHaveBeenCalledTimes(3);
    pulse.stop();
  });

  it("is silent once nothing was heard for longer than a beat may take", async () => {
    const send = vi.fn(async () => ({}));
    const { pulse } = make({ send });
    pulse.start();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(pulse.silent).toBe(false);
    vi.setSystemTime(Date.now() + 16_000);
    expect(pulse.silent).toBe(true);
    pulse.beat();
    await vi.advanceTimersByTimeAsync(0);
    expect(pulse.silent).toBe(false);
    pulse.stop();
  });

  it("asks once more when left, and tells why there was nothing left to leave", async () => {
    const why = new Problem({ status: 410, code: "lease_lost", detail: "", reason: "taken_over" });
    const { pulse, onLost } = make({ send: vi.fn(async () => Promise.reject(why)) });
    expect(await pulse.farewell()).toBe(why);
    expect(onLost).not.toHaveBeenCalled();
    expect(await make().pulse.farewell()).toBeNull();
    expect(await make({ send: async () => Promise.reject(refuse(503)) }).pulse.farewell()).toBeNull();
    expect(await make({ send: async () => Promise.reject(refuse(0)) }).pulse.farewell()).toMatchObject({
      status: 0,
    });
  });
});
