// The screens in place of a picture, each with its way out.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, MonitorPlay } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ActiveStream } from "@/shared/api/shapes";
import { en } from "@/shared/i18n/en";
import { clock } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { Trace } from "@/shared/ui/notice";
import type { Playback } from "./playback";
import type { Stop } from "./state";
import { lost } from "./stops";

interface Props {
  stop: Stop;
  playback: Playback;
  onBack: () => void;
}

export function Stopped({ stop, playback, onBack }: Props) {
  const { t } = useTranslation();
  const back = (
    <Button kind="glass" size="lg" onClick={onBack} data-testid="stopped-back">
      <ArrowLeft className="size-5 rtl:-scale-x-100" aria-hidden="true" /> {t("player.back")}
    </Button>
  );
  switch (stop.kind) {
    case "slots":
      return <Slots stop={stop} playback={playback} back={back} />;
    case "lost":
      return (
        <Card
          testid="lease-lost"
          title={t(`player.lost.${lost(stop.reason)}.title`)}
          actions={
            <>
              <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="watch-here">
                {stop.reason === "session_too_long"
                  ? t("player.stopped.watchOn")
                  : t("player.stopped.watchHere")}
              </Button>
              {back}
            </>
          }
        >
          {t(`player.lost.${lost(stop.reason)}.text`)}
        </Card>
      );
    case "refused":
      return (
        <Card
          testid="refused"
          code={stop.code}
          title={refusedTitle(stop.code)}
          trace={stop.traceId}
          actions={
            <>
              {wayOut(stop.code, playback)}
              {back}
            </>
          }
        >
          {stop.sentence}
        </Card>
      );
    case "failed":
      return (
        <Card
          testid="failed"
          title={t("player.stopped.failed")}
          trace={stop.traceId}
          actions={
            <>
              <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="try-again">
                {t("common.tryAgain")}
              </Button>
              {back}
            </>
          }
        >
          {stop.sentence}
        </Card>
      );
  }
}

function Slots({
  stop,
  playback,
  back,
}: {
  stop: Extract<Stop, { kind: "slots" }>;
  playback: Playback;
  back: ReactNode;
}) {
  const { t } = useTranslation();
  const [taking, setTaking] = useState(false);
  const screens = stop.limit ?? stop.active.length;
  return (
    <Card
      testid="streams-exceeded"
      title={t("player.stopped.full")}
      actions={
        <>
          {stop.takeover && (
            <Button
              size="lg"
              busy={taking}
              data-testid="take-over"
              onClick={() => {
                setTaking(true);
                void playback.takeOver(stop.takeover ?? "");
              }}
            >
              {stop.active.length > 1 ? t("player.stopped.stopFirst") : t("player.stopped.stopIt")}
            </Button>
          )}
          {back}
        </>
      }
    >
      <p className="text-balance">{t("player.stopped.fullText", { count: screens })}</p>
      <ul className="mt-6 flex flex-col gap-2 text-start" data-testid="active-streams">
        {stop.active.map((stream, index) => (
          <Holder key={stream.session_id} stream={stream} first={index === 0 && stop.active.length > 1} />
        ))}
      </ul>
    </Card>
  );
}

function Holder({ stream, first }: { stream: ActiveStream; first: boolean }) {
  const { t } = useTranslation();
  return (
    <li
      className={cn("flex items-center gap-4 rounded-card bg-plush p-3.5", first && "ring-1 ring-brass/50")}
    >
      <MonitorPlay className="size-6 shrink-0 text-dust" aria-hidden="true" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-ivory">
          {stream.title ? (
            <>
              <bdi>{stream.title}</bdi>{" "}
              <span className="text-dust">{t("player.stopped.at", { time: clock(stream.position) })}</span>
            </>
          ) : (
            stream.profile
          )}
        </span>
        <span className="block truncate text-sm">
          {first && <span className="font-medium text-brass">{t("player.stopped.wouldStop")}</span>}
          {first && " · "}
          {[stream.profile, stream.device].join(" · ")}
        </span>
      </span>
    </li>
  );
}

function refusedTitle(code: string): string {
  return isRefusal(code) ? t(`player.refused.${code}`) : t("player.stopped.refused");
}

function isRefusal(code: string): code is keyof typeof en.player.refused {
  return Object.hasOwn(en.player.refused, code);
}

/** What cannot be played here now, whoever asks: something else can. */
const ABSENT = new Set([
  "not_in_region",
  "not_playable",
  "playable_not_found",
  "title_not_published",
  "title_not_ready",
  "window_closed",
  "window_not_open",
]);

function wayOut(code: string, playback: Playback): ReactNode {
  if (code === "streams_exceeded") {
    return (
      <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="watch-on">
        {t("player.stopped.watchOn")}
      </Button>
    );
  }
  if (code === "no_plan" || code === "plan_ended") {
    return (
      <Button asChild size="lg">
        <Link to="/plans" data-testid="to-plans">
          {t("common.seePlans")}
        </Link>
      </Button>
    );
  }
  if (code === "maturity_exceeded" || code === "profile_not_allowed" || code === "profile_required") {
    return (
      <Button asChild size="lg">
        <Link to="/profiles">{t("common.switchProfile")}</Link>
      </Button>
    );
  }
  if (ABSENT.has(code)) {
    return (
      <Button asChild size="lg" kind="light">
        <Link to="/home" replace data-testid="to-films">
          {t("gone.out")}
        </Link>
      </Button>
    );
  }
  return null;
}

interface CardProps {
  title: string;
  children: ReactNode;
  actions: ReactNode;
  testid: string;
  code?: string;
  trace?: string;
}

function Card({ title, children, actions, testid, code, trace }: CardProps) {
  return (
    <div
      role="alertdialog"
      aria-labelledby="stopped-title"
      data-testid={testid}
      data-code={code}
      className="absolute inset-0 z-10 grid place-items-center overflow-y-auto bg-curtain p-6"
    >
      <div className="flex w-full max-w-lg animate-rise flex-col items-center text-center">
        <h2 id="stopped-title" className="font-display text-2xl">
          {title}
        </h2>
        <div className="mt-3 w-full text-dust">{children}</div>
        <div className="mt-8 flex flex-wrap justify-center gap-3">{actions}</div>
        {trace && <Trace id={trace} className="mt-8" />}
      </div>
    </div>
  );
}
