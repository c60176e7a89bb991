// A labelled input with its hint and its error, tied together for screen readers.
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "@/shared/lib/cn";

interface Props extends ComponentProps<"input"> {
  label: string;
  error?: string;
  hint?: ReactNode;
  /** Shown inside the field at its end. */
  after?: ReactNode;
}

export function Field({ label, error, hint, after, className, ...input }: Props) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="font-medium text-ivory/90 text-sm">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={error || hint ? note : undefined}
          className={cn(
            "h-12 w-full rounded-card border border-seam bg-curtain/60 px-3.5 text-base text-ivory transition-colors duration-150 placeholder:text-dust/60",
            "hover:border-dust/60 focus-visible:border-ivory focus-visible:outline-none focus-visible:ring-1 focus-visible:ring-ivory",
            error && "border-ruby-text",
            after && "pe-12",
          )}
          {...input}
        />
        {after && <div className="absolute inset-y-0 end-1 flex items-center">{after}</div>}
      </div>
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
