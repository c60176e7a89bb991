// Something begun: its picture, how far it got, and straight back into it.

import { Link, useNavigate } from "@tanstack/react-router";
import { Info, Play, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RowItem } from "@/shared/api/shapes";
import { runningTime } from "@/shared/i18n/format";
import { share } from "@/shared/lib/share";
import { episodeLabel } from "@/shared/titles/names";
import { tellHolding } from "@/shared/titles/told-holding";
import { Menu, MenuItem } from "@/shared/ui/menu";
import { Picture } from "@/shared/ui/picture";
import { Progress } from "@/shared/ui/progress";
import { useHeld } from "@/shared/ui/use-held";
import { useNotContinue } from "./use-not-continue";

export function ContinueCard({ card }: { card: RowItem }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useNotContinue();
  const link = useRef<HTMLAnchorElement>(null);
  const [open, setOpen] = useState(false);
  const hold = useHeld<HTMLAnchorElement>(() => setOpen(true));
  const position = card.position ?? 0;
  const duration = card.duration ?? 0;
  const watched = card.progress ?? share(position, duration);
  const left = duration > 0 ? duration - position : 0;
  const episode = episodeLabel(card);
  const picture = (
    <>
      <span className="relative block overflow-hidden rounded-card outline-ivory outline-offset-3 transition-[transform,box-shadow] duration-220 ease-out group-hover:scale-103 group-hover:shadow-lift group-focus-visible:scale-103 group-focus-visible:outline-2">
        <Picture
          src={card.backdrop_url ?? card.poster_url}
          srcSet={card.backdrop_srcset}
          sizes="18rem"
          color={card.color}
          blurhash={card.backdrop_url ? card.backdrop_blurhash : card.blurhash}
          name={card.name}
          className="aspect-video"
        />
        <span className="absolute inset-0 grid place-items-center bg-curtain/25 opacity-0 transition-opacity duration-150 group-hover:opacity-100 group-focus-visible:opacity-100 pointer-coarse:opacity-100">
          <span className="grid size-12 place-items-center rounded-full bg-curtain/70">
            <Play className="size-5 translate-x-px fill-ivory text-ivory" aria-hidden="true" />
          </span>
        </span>
        <Progress value={watched} className="absolute inset-x-2 bottom-2" />
      </span>
    </>
  );
  return (
    <div
      className="group/card relative"
      data-testid="continue-card"
      data-title={card.name}
      data-progress={watched.toFixed(3)}
      data-position={position}
    >
      {card.playable_id ? (
        <Link
          to="/watch/$playableId"
          params={{ playableId: card.playable_id }}
          search={{ from: "resume" }}
          ref={link}
          aria-label={t("home.resumeNamed", { name: card.name })}
          {...hold}
          onFocus={({ currentTarget }) => tellHolding(currentTarget)}
          data-card
          data-id={card.title_id}
          data-testid="continue-play"
          className="group block rounded-card outline-none"
        >
          {picture}
        </Link>
      ) : (
        <Link
          to="/title/$titleId"
          params={{ titleId: card.title_id }}
          data-card
          data-id={card.title_id}
          className="group block rounded-card outline-none"
        >
          {picture}
        </Link>
      )}
      {/* What the arrows cannot reach in the corner of a picture. */}
      <Menu
        open={open}
        onOpenChange={setOpen}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          if (document.activeElement === document.body) link.current?.focus({ preventScroll: true });
        }}
        trigger={<span aria-hidden="true" className="pointer-events-none absolute end-0 top-1/3" />}
      >
        <MenuItem
          testid="continue-menu-about"
          onSelect={() => void navigate({ to: "/title/$titleId", params: { titleId: card.title_id } })}
        >
          <Info className="size-4" aria-hidden="true" />
          {t("common.more")}
        </MenuItem>
        <MenuItem
          testid="continue-menu-remove"
          onSelect={() => {
            neighbour(link.current)?.focus({ preventScroll: true });
            if (card.playable_id) remove.mutate(card.playable_id);
          }}
        >
          <X className="size-4" aria-hidden="true" />
          {t("home.remove")}
        </MenuItem>
      </Menu>
      {card.playable_id && (
        <button
          type="button"
          aria-label={t("home.removeNamed", { name: card.name })}
          title={t("home.remove")}
          data-testid="continue-remove"
          onClick={({ currentTarget }) => {
            neighbour(currentTarget)?.focus({ preventScroll: true });
            if (card.playable_id) remove.mutate(card.playable_id);
          }}
          className="absolute top-1.5 end-1.5 grid size-9 place-items-center rounded-full bg-curtain/80 text-ivory opacity-0 transition-[opacity,background-color] duration-150 hover:bg-curtain focus-visible:opacity-100 group-focus-within/card:opacity-100 group-hover/card:opacity-100 pointer-coarse:size-11 pointer-coarse:opacity-100"
        >
          <X className="size-4.5" aria-hidden="true" />
        </button>
      )}
      <Link
        to="/title/$titleId"
        params={{ titleId: card.title_id }}
        className="mt-2.5 flex items-center gap-2 text-sm pointer-coarse:mt-0 pointer-coarse:min-h-11"
      >
        <span className="flex min-w-0 flex-1 gap-2 font-medium">
          <span className="sr-only">{t("home.about", { name: card.name })}</span>
          <bdi aria-hidden="true" className="min-w-0 truncate">
            {card.name}
          </bdi>
          {episode && <span className="shrink-0 font-normal text-dust">{episode}</span>}
        </span>
        {left > 0 && (
          <span className="shrink-0 text-dust">{t("common.left", { time: runningTime(left) })}</span>
        )}
        <Info className="size-4 shrink-0 text-dust" aria-hidden="true" />
      </Link>
    </div>
  );
}

/** Where the focus goes when this card does: to the one after it, or else before it. */
function neighbour(inCard: HTMLElement | null): HTMLElement | null | undefined {
  const place = inCard?.closest("li");
  const next = place?.nextElementSibling ?? place?.previousElementSibling;
  return next?.querySelector<HTMLElement>("[data-card]");
}
