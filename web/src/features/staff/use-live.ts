// The live report as it comes, asked for again whenever the stream ends: each one is whole, so nothing is missed in between.
import { useEffect, useState } from "react";
import { Problem } from "@/shared/api/problems";
import type { PlaybackReport, ReportQuestion } from "@/shared/api/shapes";
import { livePlayback, playbackReport } from "@/shared/api/staff";

/** Milliseconds before the next try; every failure doubles it. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

export interface Live {
  report: PlaybackReport | undefined;
  /** Whether it is coming now. */
  on: boolean;
  /** Why it will not come. */
  refused: unknown;
}

const NOTHING: Live = { report: undefined, on: false, refused: null };

export function useLive({ by, minutes }: ReportQuestion): Live {
  const [live, setLive] = useState(NOTHING);
  useEffect(() => {
    const left = new AbortController();
    setLive(NOTHING);
    void follow({ by, minutes }, left.signal, (change) => setLive((now) => ({ ...now, ...change })));
    return () => left.abort();
  }, [by, minutes]);
  return live;
}

async function follow(
  question: ReportQuestion,
  left: AbortSignal,
  say: (change: Partial<Live>) => void,
): Promise<void> {
  for (let pause = PAUSE; !left.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      // Also where something on the way holds streams back.
      say({ report: await playbackReport(question) });
      for await (const report of livePlayback(question, left)) {
        pause = PAUSE / 2;
        say({ report, on: true });
      }
    } catch (error) {
      if (left.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429)
        return say({ on: false, refused: error });
    }
    if (left.aborted) return;
    say({ on: false });
    await new Promise((done) => setTimeout(done, pause));
  }
}
