// Buttons, and links that look like them.
import { Slot } from "@radix-ui/react-slot";
import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/shared/lib/cn";

const look = cva(
  "inline-flex select-none items-center justify-center gap-2 whitespace-nowrap rounded-card font-semibold transition-[background-color,color,transform,opacity] duration-150 ease-out active:scale-[0.98] disabled:cursor-default disabled:opacity-55 aria-disabled:opacity-55",
  {
    variants: {
      kind: {
        primary: "bg-ruby-fill text-ivory hover:bg-ruby-deep",
        light: "bg-ivory text-curtain hover:bg-ivory/85",
        glass: "bg-ivory/14 text-ivory backdrop-blur-sm hover:bg-ivory/24",
        raised: "bg-plush text-ivory hover:bg-seam",
        quiet: "text-dust hover:bg-plush hover:text-ivory",
      },
      size: {
        // A mouse hits what a finger does not.
        sm: "h-9 px-3.5 text-sm pointer-coarse:h-11 pointer-coarse:min-w-11",
        md: "h-11 px-5 text-base",
        lg: "h-13 px-5 text-base sm:px-7",
        icon: "size-11",
      },
    },
    defaultVariants: { kind: "primary", size: "md" },
  },
);

interface Props extends ComponentProps<"button">, VariantProps<typeof look> {
  /** Render the child (a link) in this look. */
  asChild?: boolean;
  busy?: boolean;
}

export function Button({ className, kind, size, asChild, busy, children, disabled, ...rest }: Props) {
  const classes = cn(look({ kind, size }), className);
  if (asChild) {
    return (
      <Slot className={classes} {...rest}>
        {children}
      </Slot>
    );
  }
  return (
    <button
      type="button"
      className={classes}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy && <LoaderCircle className="size-4 animate-spin" aria-hidden="true" />}
      {children}
    </button>
  );
}
