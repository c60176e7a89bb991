import { expect, it } from "vitest";
import { type Measured, ViewingAccount } from "./viewing-account";

const at = (change: Partial<Measured> = {}): Measured => ({
  rebuffers: 0,
  rebufferMs: 0,
  dropped: 0,
  switches: 0,
  height: 360,
  bitrate: 800_000,
  throughput: 5_000_000,
  ...change,
});

it("weighs quality by the time it was seen, and counts only time that moved", () => {
  const account = new ViewingAccount();
  account.look(0, at(), false);
  account.look(2_000, at({ startup: 1_999.6 }), true);
  account.look(5_000, at({ startup: 1_999.6 }), true);
  account.look(6_000, at({ startup: 1_999.6, height: 1080, bitrate: 4_000_000, switches: 1 }), false);
  account.look(60_000, at({ startup: 1_999.6, height: 1080, bitrate: 4_000_000, switches: 1 }), false);
  expect(account.told()).toMatchObject({
    msd: 2_000,
    watched_ms: 4_000,
    mean_height: (3 * 360 + 1080) / 4,
    mean_bitrate: (3 * 800 + 4_000) / 4,
    switches: 1,
    br: 4_000,
    mtp: 5_000,
  });
});

it("has no start and no means before the first frame", () => {
  const account = new ViewingAccount();
  account.look(0, at({ bitrate: 0, throughput: 0 }), false);
  expect(account.told()).toEqual({ bsa: 0, bsda: 0, dfa: 0, switches: 0, watched_ms: 0 });
});
