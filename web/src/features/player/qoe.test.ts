import { describe, expect, it } from "vitest";
import { QoeMeter } from "./qoe";

describe("QoeMeter", () => {
  it("tells the start once, and each stall once", () => {
    let now = 1000;
    const meter = new QoeMeter(() => now);
    meter.asked();
    meter.buffering(true, false);
    now = 1250;
    meter.moves();
    meter.buffering(false, false);
    const first = meter.account(3);
    expect(first).toEqual({ startup_ms: 250, rebuffer_count: 0, rebuffer_ms: 0, dropped_frames: 3 });
    meter.accepted(first);

    meter.buffering(true, false);
    now = 1450;
    const during = meter.account(3);
    expect(during).toEqual({ rebuffer_count: 1, rebuffer_ms: 200, dropped_frames: 0 });
    meter.accepted(during);
    now = 1500;
    meter.buffering(false, false);
    expect(meter.account(5)).toEqual({ rebuffer_count: 0, rebuffer_ms: 50, dropped_frames: 2 });
  });

  it("keeps what the server did not take", () => {
    let now = 0;
    const meter = new QoeMeter(() => now);
    meter.asked();
    now = 80;
    meter.moves();
    expect(meter.account(0).startup_ms).toBe(80);
    expect(meter.account(0).startup_ms).toBe(80);
  });

  it("does not count waits after the viewer's own seek", () => {
    const meter = new QoeMeter(() => 0);
    meter.asked();
    meter.moves();
    meter.buffering(true, true);
    meter.buffering(false, true);
    expect(meter.account(0).rebuffer_count).toBe(0);
  });
});
