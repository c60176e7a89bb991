// A person's face, or their initials where nobody has a picture of them.
import { useState } from "react";
import { cn } from "@/shared/lib/cn";
import { initials } from "@/shared/lib/initials";

interface Props {
  name: string;
  src: string | null | undefined;
  srcSet?: string | null;
  className?: string;
}

/** The name is always written beside it: nothing is said twice. */
export function Portrait({ name, src, srcSet, className }: Props) {
  const [missing, setMissing] = useState(!src);
  return (
    <span
      aria-hidden="true"
      className={cn(
        "grid shrink-0 place-items-center overflow-hidden rounded-full bg-linear-150 from-seam to-velvet font-display text-ivory/80",
        className,
      )}
    >
      {src && !missing ? (
        <img
          src={src}
          srcSet={srcSet ?? undefined}
          sizes={srcSet ? "12rem" : undefined}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setMissing(true)}
          className="size-full object-cover"
        />
      ) : (
        initials(name)
      )}
    </span>
  );
}
