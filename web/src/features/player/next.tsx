// The next episode, offered near the end of one: a card beside the picture, or a strip of its own on a phone.

import { Play, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { NextEpisode } from "@/shared/api/shapes";
import { nextIs } from "@/shared/titles/names";
import { Button } from "@/shared/ui/button";
import { Picture } from "@/shared/ui/picture";

interface Props {
  next: NextEpisode;
  onPlay: () => void;
  onDecline: () => void;
}

export function Next({ next, onPlay, onDecline }: Props) {
  const { t } = useTranslation();
  return (
    <aside
      data-testid="next-episode"
      aria-label={t("player.next")}
      // A strip: between picture and bar on a phone held upright, below the heading on one that lies.
      className="absolute start-(--gutter) end-(--gutter) bottom-[calc(6.75rem+env(safe-area-inset-bottom))] flex animate-rise items-center gap-2 rounded-panel bg-velvet/95 p-0.5 ps-3 shadow-lift ring-1 ring-seam sm:start-auto sm:top-16 sm:bottom-auto sm:w-88 roomy:top-auto roomy:bottom-28 roomy:w-76 roomy:flex-col roomy:items-stretch roomy:gap-3 roomy:p-4"
    >
      {next.still_url && (
        <Picture
          src={next.still_url}
          name={next.name}
          decorative
          className="hidden! roomy:block! aspect-video rounded-card"
        />
      )}
      <div className="min-w-0 flex-1 leading-tight roomy:leading-normal">
        <p className="truncate text-dust text-xs roomy:text-sm">{nextIs(next)}</p>
        <p className="flex font-semibold text-sm roomy:text-base">
          <bdi className="min-w-0 truncate">{next.name}</bdi>
        </p>
      </div>
      <div className="flex gap-1 roomy:gap-2">
        <Button kind="light" className="flex-1 px-3.5" onClick={onPlay} data-offer data-testid="play-next">
          <Play className="size-4 fill-current" aria-hidden="true" />
          {t("player.playNow")}
        </Button>
        <Button
          kind="raised"
          size="icon"
          aria-label={t("ending.dismiss")}
          title={t("ending.dismiss")}
          onClick={onDecline}
          data-testid="stay"
        >
          <X className="size-5" aria-hidden="true" />
        </Button>
      </div>
    </aside>
  );
}
