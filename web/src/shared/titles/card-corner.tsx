// A button in the corner of a card's poster: there when the card is pointed at. Where nothing can point the menu beside it has the same,
// and only what is on is seen, so that a poster keeps its words.

import type { LucideIcon } from "lucide-react";
import { cn } from "@/shared/lib/cn";

interface Props {
  side: "start" | "end";
  icon: LucideIcon;
  label: string;
  hint: string;
  /** What is on is seen without pointing at it. */
  on: boolean;
  testid: string;
  onPress: () => void;
}

export function CardCorner({ side, icon: Icon, label, hint, on, testid, onPress }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={hint}
      aria-pressed={on}
      data-testid={testid}
      data-corner
      onClick={onPress}
      className={cn(
        "absolute top-0 grid size-11 place-items-center transition-opacity duration-150 focus-visible:opacity-100 focus-visible:outline-none group-focus-within/card:opacity-100 group-hover/card:opacity-100",
        side === "start" ? "start-0" : "end-0 pointer-coarse:top-10",
        on ? "opacity-100" : "opacity-0 pointer-coarse:hidden",
      )}
    >
      <span className="grid size-8 place-items-center rounded-full bg-curtain/80 text-ivory outline-ivory transition-colors hover:bg-curtain [:focus-visible>&]:outline-2">
        <Icon className="size-4.5" aria-hidden="true" />
      </span>
    </button>
  );
}
