// How much of something has been watched.
import { cn } from "@/shared/lib/cn";

export function Progress({ value, className }: { value: number; className?: string }) {
  const percent = Math.round(value * 100);
  return (
    <span
      role="progressbar"
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label="Watched"
      data-testid="progress"
      className={cn("block h-1 overflow-hidden rounded-full bg-ivory/25", className)}
    >
      <span className="block h-full rounded-full bg-ruby" style={{ width: `${Math.max(2, percent)}%` }} />
    </span>
  );
}
