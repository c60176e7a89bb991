// A title as its poster, leading to its page.
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { cn } from "@/shared/lib/cn";
import { Picture } from "@/shared/ui/picture";

interface Props {
  titleId: string;
  name: string;
  poster: string | null | undefined;
  srcSet?: string | null;
  color?: string | null;
  /** Write the name under the poster. */
  caption?: boolean;
  eager?: boolean;
  /** Take the place of this page in the history. */
  replace?: boolean;
  className?: string;
}

export function PosterCard(props: Props) {
  const { titleId, name, poster, srcSet, color, caption, eager, replace, className } = props;
  const art = useRef<HTMLSpanElement>(null);
  return (
    <Link
      to="/title/$titleId"
      params={{ titleId }}
      viewTransition
      replace={replace}
      aria-label={name}
      data-card
      data-testid="title-card"
      data-title={name}
      // The poster pressed is the one that grows into the page.
      onClick={() => {
        const shown = document.querySelector<HTMLElement>("[data-title-art]");
        shown?.style.setProperty("view-transition-name", "none");
        art.current?.style.setProperty("view-transition-name", "title-art");
      }}
      className={cn("group block rounded-card outline-none", className)}
    >
      <span
        ref={art}
        // The picture that grows carries the ring: it would cover one around the link.
        className="block overflow-hidden rounded-card outline-ivory outline-offset-3 transition-[transform,box-shadow] duration-220 ease-out group-hover:scale-105 group-hover:shadow-lift group-focus-visible:scale-105 group-focus-visible:outline-2"
      >
        <Picture
          src={poster}
          srcSet={srcSet}
          sizes="(min-width: 64rem) 13rem, 40vw"
          color={color}
          name={name}
          decorative={caption}
          className="aspect-2/3"
          eager={eager}
        />
      </span>
      {caption && (
        <span className="mt-2.5 flex text-dust text-sm group-hover:text-ivory">
          <bdi className="min-w-0 truncate">{name}</bdi>
        </span>
      )}
    </Link>
  );
}
