// Tells which titles that are like one were seen. No server numbers their rows: each answer that is shown is a making of its own.
import { type RefObject, useMemo } from "react";
import { eventId } from "./event-id";
import { useShown } from "./use-shown";

interface Answer {
  recommendation_id?: string | null;
  model?: string | null;
}

/** `answer` is undefined while there is none. */
export function useShownSimilar(
  list: RefObject<HTMLElement | null>,
  titleId: string,
  answer: Answer | null | undefined,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title's, and another answer, is another making
  const making = useMemo(() => eventId(), [titleId, answer?.recommendation_id]);
  useShown(list, {
    impressionId: answer ? making : null,
    recommendationId: answer?.recommendation_id,
    model: answer?.model,
    row: `similar-${titleId}`,
    rowPosition: 0,
  });
}
