// A title as its poster, leading to its page.
import { Link } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Picture } from "@/shared/ui/picture";
import { useHeld } from "@/shared/ui/use-held";
import { CardListButton } from "./card-list-button";
import { type CardMenu, CardMore, CardUnwanted } from "./card-more";
import { CardRemindButton } from "./card-remind-button";
import { tellHolding } from "./told-holding";
import { useVerdict } from "./use-taste";

interface Props {
  titleId: string;
  name: string;
  poster: string | null | undefined;
  srcSet?: string | null;
  color?: string | null;
  blurhash?: string | null;
  /** Write the name under the poster, or whatever is given. */
  caption?: ReactNode;
  /** It is shown before it can be played. */
  listedOnly?: boolean;
  eager?: boolean;
  /** Nothing but the way to its page. */
  plain?: boolean;
  /** Take the place of this page in the history. */
  replace?: boolean;
  onOpen?: () => void;
  className?: string;
}

export function PosterCard(props: Props) {
  const {
    titleId,
    name,
    poster,
    srcSet,
    color,
    blurhash,
    caption,
    listedOnly,
    eager,
    plain,
    replace,
    className,
  } = props;
  const { t } = useTranslation();
  const art = useRef<HTMLSpanElement>(null);
  const menu = useCardMenu();
  const hold = useHeld<HTMLAnchorElement>(() => {
    menu.fromCard.current = true;
    menu.setOpen(true);
  });
  // Under the words that it is not wanted there is nothing to press.
  const hidden = useVerdict(titleId) === "not_interested" && !plain;
  return (
    <div className={cn("group/card relative", className)}>
      <Link
        ref={menu.card}
        to="/title/$titleId"
        params={{ titleId }}
        viewTransition
        replace={replace}
        data-card
        data-testid="title-card"
        data-title={name}
        data-id={titleId}
        tabIndex={hidden ? -1 : undefined}
        {...(!plain && hold)}
        onFocus={plain ? undefined : ({ currentTarget }) => tellHolding(currentTarget)}
        // The poster pressed is the one that grows into the page.
        onClick={() => {
          const shown = document.querySelector<HTMLElement>("[data-title-art]");
          shown?.style.setProperty("view-transition-name", "none");
          art.current?.style.setProperty("view-transition-name", "title-art");
          props.onOpen?.();
        }}
        className="group block scroll-my-24 rounded-card outline-none"
      >
        <span
          ref={art}
          // The picture that grows carries the ring: it would cover one around the link.
          className="relative block overflow-hidden rounded-card outline-ivory outline-offset-3 transition-[transform,box-shadow] duration-220 ease-out group-hover:scale-105 group-hover:shadow-lift group-focus-visible:scale-105 group-focus-visible:outline-2"
        >
          <Picture
            src={poster}
            srcSet={srcSet}
            sizes="(min-width: 64rem) 13rem, 40vw"
            color={color}
            blurhash={blurhash}
            name={name}
            seed={titleId}
            decorative={Boolean(caption)}
            titled
            className="aspect-2/3"
            eager={eager}
          />
          {listedOnly && (
            <span className="absolute inset-x-0 bottom-0 bg-linear-to-t from-curtain/95 to-transparent px-3 pt-8 pb-2.5 font-medium text-xs">
              {t("common.notYet")}
            </span>
          )}
        </span>
        {caption === true ? (
          <bdi className="mt-2.5 line-clamp-2 text-dust text-sm group-hover:text-ivory">{name}</bdi>
        ) : (
          caption
        )}
      </Link>
      {!plain && listedOnly && <CardRemindButton titleId={titleId} name={name} />}
      {!plain && <CardListButton titleId={titleId} name={name} />}
      {!plain && <CardMore titleId={titleId} name={name} menu={menu} listedOnly={listedOnly} />}
      {!plain && <CardUnwanted titleId={titleId} name={name} menu={menu} />}
    </div>
  );
}

function useCardMenu(): CardMenu & { card: RefObject<HTMLAnchorElement | null> } {
  const [open, setOpen] = useState(false);
  const fromCard = useRef(false);
  const turned = useRef(false);
  const card = useRef<HTMLAnchorElement>(null);
  return { open, setOpen, fromCard, turned, card };
}
