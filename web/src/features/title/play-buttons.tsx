// Play, resume, start over: for a film, or for the episode a series is at.

import { Link } from "@tanstack/react-router";
import { Play, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Title } from "@/shared/api/shapes";
import { runningTime } from "@/shared/i18n/format";
import { share } from "@/shared/lib/share";
import { useFirstEpisode } from "@/shared/titles/use-first-episode";
import { Button } from "@/shared/ui/button";
import { Progress } from "@/shared/ui/progress";

export function PlayButtons({ title }: { title: Title }) {
  const { t } = useTranslation();
  const first = useFirstEpisode(title);
  const { resume } = title;
  const begun = resume != null && resume.position > 0 && !resume.completed;
  const length = resume?.duration ?? 0;
  const playable = resume?.playable_id ?? title.playable_id ?? first;
  if (!playable) return null;
  const episode =
    resume?.season_number != null && resume.episode_number != null
      ? t("common.episode", { season: resume.season_number, episode: resume.episode_number })
      : null;
  return (
    <>
      <Button asChild kind="light" size="lg" className={begun ? "col-span-2" : undefined}>
        <Link
          to="/watch/$playableId"
          params={{ playableId: playable }}
          search={begun ? { from: "resume" } : {}}
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
            params={{ playableId: playable }}
            search={{ from: "start" }}
            data-testid="start-over"
          >
            <RotateCcw className="size-5" aria-hidden="true" /> {t("common.startOver")}
          </Link>
        </Button>
      )}
      {begun && length > 0 && (
        <div className="order-last col-span-2 w-full">
          <div className="flex max-w-sm items-center gap-3 text-ivory/80 text-sm">
            <Progress value={share(resume.position, length)} className="flex-1" />
            {t("common.left", { time: runningTime(Math.max(0, length - resume.position)) })}
          </div>
        </div>
      )}
    </>
  );
}
