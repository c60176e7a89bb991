// What comes after: the next episode, offered near the end and begun at it, or the end card of a film.

import { Play, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { unit } from "@/shared/i18n/format";
import { Button } from "@/shared/ui/button";
import { Picture } from "@/shared/ui/picture";
import { offeredNext, type PlayerState } from "./state";

/** Seconds between the end of an episode and the start of the next. */
const COUNT_FROM = 6;

interface Props {
  state: PlayerState;
  onPlay: (() => void) | null;
  onAgain: () => void;
  onBack: () => void;
}

export function Next({ state, onPlay, onAgain, onBack }: Props) {
  const { t } = useTranslation();
  const [stay, setStay] = useState(false);
  const next = offeredNext(state);
  const ended = state.phase === "ended";
  if (next && onPlay && !stay) {
    return (
      <aside
        data-testid="next-episode"
        aria-label={t("player.next")}
        className="absolute end-(--gutter) bottom-28 flex w-[min(19rem,calc(100vw-2.5rem))] animate-rise flex-col gap-3 rounded-panel bg-velvet/95 p-4 shadow-lift ring-1 ring-seam"
      >
        {next.still_url && (
          <Picture src={next.still_url} name={next.name} decorative className="aspect-video rounded-card" />
        )}
        <div>
          <p className="text-dust text-sm">
            {next.season_number != null && next.episode_number != null
              ? t("player.nextIs", {
                  episode: t("common.episode", { season: next.season_number, episode: next.episode_number }),
                })
              : t("player.next")}
          </p>
          <p className="truncate font-semibold">{next.name}</p>
        </div>
        <div className="flex gap-2">
          <Button kind="light" className="flex-1" onClick={onPlay} data-testid="play-next">
            <Play className="size-4 fill-current" aria-hidden="true" />
            {ended ? <Countdown onOver={onPlay} /> : t("player.playNow")}
          </Button>
          <Button kind="raised" onClick={() => setStay(true)} data-testid="stay">
            {ended ? t("player.stopHere") : t("player.hide")}
          </Button>
        </div>
      </aside>
    );
  }
  if (!ended) return null;
  return (
    <div data-testid="ended" className="absolute inset-0 grid animate-fade place-items-center bg-black/60">
      <div className="flex flex-col items-center gap-5 text-center">
        <h2 className="font-display text-2xl">{state.session?.title?.name}</h2>
        <div className="flex flex-wrap justify-center gap-3">
          <Button kind="light" size="lg" onClick={onBack}>
            {t("player.moreFilms")}
          </Button>
          <Button kind="glass" size="lg" onClick={onAgain} data-testid="again">
            <RotateCcw className="size-5" aria-hidden="true" /> {t("player.again")}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Countdown({ onOver }: { onOver: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(COUNT_FROM);
  useEffect(() => {
    if (left <= 0) {
      onOver();
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, onOver]);
  return t("player.playsIn", { time: unit(left, "second") });
}
