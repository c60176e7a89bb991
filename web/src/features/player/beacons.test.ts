import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PlaySession } from "@/shared/api/shapes";
import { choose } from "@/shared/events/chosen";
import { Beacons } from "./beacons";

vi.mock("@/shared/events/tell", () => ({ tell: () => undefined }));

const measured = { rebuffers: 0, rebufferMs: 0, dropped: 0, switches: 0 };

/** What is told of a play of a title that is left at once. */
function left(titleId: string): Record<string, unknown> {
  const tell = vi.fn();
  const session = { session_id: "s", title: { id: titleId, name: "Salt" } } as unknown as PlaySession;
  const read = () => ({ measured, moving: false, state: "left" as const, position: 0 });
  new Beacons({ session, playableId: "p", read: read as never, now: () => 0, tell }).end("left");
  return tell.mock.lastCall?.[0] ?? {};
}

describe("Beacons", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("name the making of the row and who recommended it, which are not the same", () => {
    choose("t1", { impressionId: "i", recommendationId: "r" });
    expect(left("t1")).toMatchObject({ impression_id: "i", recommendation_id: "r" });
  });

  it("name nobody where nobody recommended it", () => {
    choose("t2", { impressionId: "i" });
    expect(left("t2")).toMatchObject({ impression_id: "i" });
    expect(left("t2")).not.toHaveProperty("recommendation_id");
    expect(left("t3")).not.toHaveProperty("impression_id");
  });
});
