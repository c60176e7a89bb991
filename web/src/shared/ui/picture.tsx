// Pictures that fade in when they have come, and stand as a titled card when they have not.
import { useState } from "react";
import { cn } from "@/shared/lib/cn";
import { Blurred } from "./blurred";
import { Face } from "./face";

interface Props {
  src: string | null | undefined;
  srcSet?: string | null;
  sizes?: string;
  /** Average colour of the picture, shown until it has come. */
  color?: string | null;
  /** The picture itself, blurred, shown instead of the colour where it is known. */
  blurhash?: string | null;
  /** Said to screen readers, and drawn when there is no picture. */
  name: string;
  className?: string;
  eager?: boolean;
  /** The name is written next to it: do not say or draw it twice. */
  decorative?: boolean;
  /** Draw the name where there is no picture, though it is written next to it. */
  titled?: boolean;
  /** Of what it is the picture (an id): where there is none, its face is drawn. */
  seed?: string;
}

export function Picture(props: Props) {
  const { src, srcSet, sizes, color, blurhash, name, className, eager, decorative, titled, seed } = props;
  const written = titled || !decorative ? name : "";
  const [state, setState] = useState<"waiting" | "shown" | "missing">(src ? "waiting" : "missing");
  return (
    <span
      className={cn("relative block overflow-hidden bg-plush", className)}
      style={color && state === "waiting" ? { backgroundColor: color } : undefined}
    >
      {/* Below the picture, which fades in over it. */}
      {src && blurhash && state !== "missing" && <Blurred blurhash={blurhash} />}
      {src && state !== "missing" && (
        <img
          src={src}
          srcSet={srcSet ?? undefined}
          sizes={srcSet ? sizes : undefined}
          alt={decorative ? "" : name}
          loading={eager ? "eager" : "lazy"}
          decoding="async"
          draggable={false}
          ref={(image) => {
            // A cached picture can be complete before React listens.
            if (image?.complete && image.naturalWidth > 0) setState("shown");
          }}
          onLoad={() => setState("shown")}
          onError={() => setState("missing")}
          className={cn(
            "absolute inset-0 size-full object-cover transition-opacity duration-300",
            state === "shown" ? "opacity-100" : "opacity-0",
          )}
        />
      )}
      {state === "missing" && (seed || written) && (
        <Face seed={seed ?? name} name={written} hidden={decorative} />
      )}
    </span>
  );
}
