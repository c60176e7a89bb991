// A wall of titles that tells which of them were seen. No server made it, so each time it is shown is a making of its own.
import { type ComponentProps, useMemo, useRef } from "react";
import { eventId } from "@/shared/events/event-id";
import { useShown } from "@/shared/events/use-shown";
import { Wall } from "@/shared/ui/wall";

interface Props extends Omit<ComponentProps<typeof Wall>, "cards"> {
  /** What its impressions call it. */
  row: string;
}

export function ShownWall({ row, ...wall }: Props) {
  const cards = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another wall is another making
  const impressionId = useMemo(() => eventId(), [row]);
  useShown(cards, { impressionId, row, rowPosition: 0 });
  return <Wall {...wall} cards={cards} />;
}
