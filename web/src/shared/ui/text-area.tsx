// A labelled field of several lines with its hint and its error, tied together for screen readers.
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "@/shared/lib/cn";

interface Props extends ComponentProps<"textarea"> {
  label: string;
  error?: string;
  hint?: ReactNode;
}

export function TextArea({ label, error, hint, className, ...area }: Props) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="font-medium text-ivory/90 text-sm">
        {label}
      </label>
      <textarea
        id={id}
        dir="auto"
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? note : undefined}
        className={cn(
          "w-full resize-y rounded-card border border-seam bg-curtain/60 px-3.5 py-3 text-base text-ivory transition-colors duration-150 placeholder:text-dust/60",
          "hover:border-dust/60 focus-visible:border-ivory focus-visible:outline-none focus-visible:ring-1 focus-visible:ring-ivory",
          error && "border-ruby-text",
        )}
        {...area}
      />
      {(error || hint) && (
        <p
          id={note}
          className={cn("text-sm", error ? "text-ruby-text" : "text-dust")}
          role={error ? "alert" : undefined}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
