// Why there is no picture, told from the problem that said so.

import { Problem, sentence } from "@/shared/api/problems";
import type { ActiveStream } from "@/shared/api/shapes";
import { t } from "@/shared/i18n/i18n";
import type { Stop } from "./state";

/** A start was refused, or could not be asked for. */
export function ofStart(problem: Problem): Stop {
  if (problem.code === "streams_exceeded") {
    const { active, takeover, limit } = problem.body as unknown as {
      active?: ActiveStream[];
      takeover?: { href: string } | null;
      limit?: number;
    };
    return { kind: "slots", active: active ?? [], limit: limit ?? null, takeover: takeover?.href ?? null };
  }
  if (problem.status === 0 || problem.status >= 500 || problem.status === 429)
    return { kind: "failed", sentence: sentence(problem), traceId: problem.traceId };
  return refused(problem, problem.code);
}

/** Whether a stream only ran out, while this device slept or was out of reach. */
export function ranOut(problem: Problem): boolean {
  return problem.status === 404 || reasonOf(problem).reason === "expired";
}

/** Whether who left a film is told that it had ended: not of one that ran out, nor of one that their own next film replaced. */
export function concernsLeaver(problem: Problem): boolean {
  return !ranOut(problem) && reasonOf(problem).reason !== "replaced";
}

/** The server ended a stream. `reason` and `gate` come with a 410. */
export function ofStream(problem: Problem): Stop {
  const { reason, gate } = reasonOf(problem);
  if ((gate && reason !== "session_too_long") || problem.status === 403)
    return refused(problem, gate && reason ? reason : problem.code);
  if (problem.status === 401) return refused(problem, "signed_out");
  return { kind: "lost", reason: reason ?? "stopped" };
}

/** `stop` in one line, for the screen after. */
export function told(stop: Stop): string {
  if (stop.kind === "lost") return t(`player.lost.${lost(stop.reason)}.text`);
  return stop.kind === "slots" ? t("player.stopped.full") : stop.sentence;
}

/** What is said of a stream that another one ended; of all other reasons, that it was stopped elsewhere. */
export function lost(reason: string) {
  const known = ["expired", "replaced", "session_too_long", "taken_over"] as const;
  return known.find((known) => known === reason) ?? "elsewhere";
}

/** The engine cannot show what it was given; `code` is its own. */
export function ofMedia(code: number): Stop {
  const told = sentence(new Problem({ status: 0, code: "media_failed", detail: "" }));
  return { kind: "failed", sentence: told, traceId: code ? `media ${code}` : "" };
}

function refused(problem: Problem, code: string): Stop {
  return { kind: "refused", code, sentence: sentence(problem), traceId: problem.traceId };
}

function reasonOf(problem: Problem): { reason?: string; gate?: string } {
  return problem.body as { reason?: string; gate?: string };
}
