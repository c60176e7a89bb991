// A difference and the interval that covers it, drawn beside nothing: left of the line is less, right of it more.
import { cn } from "@/shared/lib/cn";
import { placesOf } from "./places";

interface Props {
  estimate: number;
  low: number;
  high: number;
  /** The farthest that any of the intervals beside it goes from nothing. */
  reach: number;
  verdict: "better" | "worse" | "undecided";
  label: string;
}

const LOOKS = { better: "fill-mint", worse: "fill-ruby", undecided: "fill-dust" } as const;

export function Interval({ estimate, low, high, reach, verdict, label }: Props) {
  const places = placesOf(low, estimate, high, reach);
  return (
    <svg viewBox="0 0 200 24" role="img" aria-label={label} className="h-6 w-full min-w-40">
      <line x1="100" x2="100" y1="0" y2="24" className="stroke-seam" />
      <rect
        x={places.low}
        y="9"
        width={Math.max(1, places.high - places.low)}
        height="6"
        rx="3"
        className={cn(LOOKS[verdict], "opacity-50")}
      />
      <circle cx={places.estimate} cy="12" r="5" className={LOOKS[verdict]} />
    </svg>
  );
}
