// Asks whether to go on or to begin again.

import { Play, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PlaySession } from "@/shared/api/shapes";
import { clock, clockLength } from "@/shared/i18n/format";
import { share } from "@/shared/lib/share";
import { Button } from "@/shared/ui/button";
import { Picture } from "@/shared/ui/picture";
import { Progress } from "@/shared/ui/progress";

interface Props {
  session: PlaySession;
  onChoose: (choice: "resume" | "start") => void;
}

export function ResumePrompt({ session, onChoose }: Props) {
  const { t } = useTranslation();
  const { title, resume_at: at, duration } = session;
  return (
    <div
      role="alertdialog"
      aria-labelledby="resume-title"
      data-testid="resume-prompt"
      className="absolute inset-0 isolate grid place-items-center pt-16"
    >
      {title?.backdrop_url && (
        <Picture
          src={title.backdrop_url}
          name=""
          decorative
          className="-z-10 absolute inset-0 bg-black opacity-35"
        />
      )}
      <div className="flex w-[min(24rem,calc(100vw-3rem))] animate-rise flex-col gap-5 text-center">
        <h2 id="resume-title" className="font-display text-2xl">
          {title?.name ?? t("player.welcomeBack")}
        </h2>
        <p className="text-ivory/85">
          {duration
            ? t("player.stoppedAtOf", { position: clock(at), duration: clockLength(duration) })
            : t("player.stoppedAt", { position: clock(at) })}
        </p>
        {duration ? <Progress value={share(at, duration)} /> : null}
        <div className="mt-2 flex flex-col gap-3">
          <Button
            kind="light"
            size="lg"
            autoFocus
            onClick={() => onChoose("resume")}
            data-testid="resume-here"
          >
            <Play className="size-5 fill-current" aria-hidden="true" /> {t("common.resume")}
          </Button>
          <Button kind="glass" size="lg" onClick={() => onChoose("start")} data-testid="start-over">
            <RotateCcw className="size-5" aria-hidden="true" /> {t("common.startOver")}
          </Button>
        </div>
      </div>
    </div>
  );
}
