// Play, resume, start over: for a film, or for the episode a series is at.

import { Link } from "@tanstack/react-router";
import { Hourglass, Play, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Title } from "@/shared/api/shapes";
import { runningTime } from "@/shared/i18n/format";
import { share } from "@/shared/lib/share";
import { RemindButton } from "@/shared/titles/remind-button";
import { startOf } from "@/shared/titles/start";
import { useFirstEpisode } from "@/shared/titles/use-first-episode";
import { Button } from "@/shared/ui/button";
import { Progress } from "@/shared/ui/progress";

export function PlayButtons({ title }: { title: Title }) {
  const { t } = useTranslation();
  const first = useFirstEpisode(title);
  const start = startOf(title, first);
  if (title.availability === "listed")
    return (
      <>
        <p
          className="col-span-2 flex items-center gap-2.5 font-medium text-brass sm:me-3"
          data-testid="not-yet"
        >
          <Hourglass className="size-5" aria-hidden="true" />
          {t("common.notYet")}
        </p>
        <RemindButton titleId={title.id} />
      </>
    );
  if (!start) return null;
  const { begun, episode, position, duration } = start;
  return (
    <>
      <Button asChild kind="light" size="lg" className="col-span-2">
        <Link
          to="/watch/$playableId"
          params={{ playableId: start.playableId }}
          search={begun ? { from: "resume" } : {}}
          data-first
          data-testid={begun ? "resume" : "play"}
        >
          <Play className="size-5 fill-current" aria-hidden="true" />
          {begun ? t("common.resume") : t("common.play")}
          {episode && <span>{episode}</span>}
        </Link>
      </Button>
      {begun && (
        <Button asChild kind="glass" size="lg">
          <Link
            to="/watch/$playableId"
            params={{ playableId: start.playableId }}
            search={{ from: "start" }}
            data-testid="start-over"
          >
            <RotateCcw className="size-5" aria-hidden="true" /> {t("common.startOver")}
          </Link>
        </Button>
      )}
      {begun && duration > 0 && (
        <div className="order-last col-span-2 w-full">
          <div className="flex max-w-sm items-center gap-3 text-ivory/80 text-sm">
            <Progress value={share(position, duration)} className="flex-1" />
            {t("common.left", { time: runningTime(Math.max(0, duration - position)) })}
          </div>
        </div>
      )}
    </>
  );
}
