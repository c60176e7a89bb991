// A switch that is on or off.
import { cn } from "@/shared/lib/cn";

interface Props {
  on: boolean;
  label: string;
  disabled?: boolean;
  onChange: () => void;
}

export function Switch({ on, label, disabled, onChange }: Props) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={onChange}
      className="grid size-11 w-14 shrink-0 place-items-center rounded-full disabled:opacity-55"
    >
      <span
        className={cn(
          "flex h-7 w-12 items-center rounded-full p-1 transition-colors duration-150",
          on ? "bg-mint" : "bg-seam",
        )}
      >
        <span
          className={cn(
            "size-5 rounded-full transition-transform duration-150",
            on ? "translate-x-5 bg-curtain rtl:-translate-x-5" : "bg-dust",
          )}
        />
      </span>
    </button>
  );
}
