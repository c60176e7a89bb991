// The screens in place of a picture, each with its way out.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, MonitorPlay } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ActiveStream } from "@/shared/api/shapes";
import { cn } from "@/shared/lib/cn";
import { clock } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Trace } from "@/shared/ui/notice";
import type { Playback } from "./playback";
import type { Stop } from "./state";

interface Props {
  stop: Stop;
  playback: Playback;
  onBack: () => void;
}

export function Stopped({ stop, playback, onBack }: Props) {
  const back = (
    <Button kind="glass" size="lg" onClick={onBack} data-testid="stopped-back">
      <ArrowLeft className="size-5" aria-hidden="true" /> Back
    </Button>
  );
  switch (stop.kind) {
    case "slots":
      return <Slots stop={stop} playback={playback} back={back} />;
    case "lost":
      return (
        <Card
          testid="lease-lost"
          title={LOST[stop.reason]?.title ?? "The film was stopped"}
          actions={
            <>
              <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="watch-here">
                {stop.reason === "session_too_long" ? "Watch on" : "Watch here"}
              </Button>
              {back}
            </>
          }
        >
          {LOST[stop.reason]?.told ?? "This film was stopped from another screen of this account."} Your place
          is kept.
        </Card>
      );
    case "refused":
      return (
        <Card
          testid="refused"
          code={stop.code}
          title={TITLES[stop.code] ?? "Not this one, not now"}
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
          title="The projector stopped"
          trace={stop.traceId}
          actions={
            <>
              <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="try-again">
                Try again
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
  const [taking, setTaking] = useState(false);
  const screens = stop.limit ?? stop.active.length;
  const told =
    screens === 1
      ? "Your plan allows 1 screen, and it is on. Stop it?"
      : `Your plan allows ${screens} screens and all are on. Stop one?`;
  return (
    <Card
      testid="streams-exceeded"
      title="Every seat is taken"
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
              {stop.active.length > 1 ? "Stop the first and watch here" : "Stop it and watch here"}
            </Button>
          )}
          {back}
        </>
      }
    >
      <p className="text-balance">{told}</p>
      <ul className="mt-6 flex flex-col gap-2 text-left" data-testid="active-streams">
        {stop.active.map((stream, index) => (
          <Holder key={stream.session_id} stream={stream} first={index === 0 && stop.active.length > 1} />
        ))}
      </ul>
    </Card>
  );
}

function Holder({ stream, first }: { stream: ActiveStream; first: boolean }) {
  return (
    <li
      className={cn("flex items-center gap-4 rounded-card bg-plush p-3.5", first && "ring-1 ring-brass/50")}
    >
      <MonitorPlay className="size-6 shrink-0 text-dust" aria-hidden="true" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-ivory">
          {stream.title ? (
            <>
              {stream.title} <span className="text-dust">at {clock(stream.position)}</span>
            </>
          ) : (
            stream.profile
          )}
        </span>
        <span className="block truncate text-sm">
          {first && <span className="font-medium text-brass">Would stop · </span>}
          {stream.profile} · {stream.device}
        </span>
      </span>
    </li>
  );
}

const LOST: Record<string, { title: string; told: string }> = {
  taken_over: { title: "Playing elsewhere", told: "Another screen of this account took this one’s place." },
  replaced: { title: "Playing in another tab", told: "You went on watching in another tab or window." },
  session_too_long: { title: "Still there?", told: "This has been playing for a very long time." },
  expired: { title: "We lost touch", told: "This screen was out of reach for too long." },
};

const TITLES: Record<string, string> = {
  no_plan: "A plan opens the door",
  plan_ended: "Your plan has ended",
  height_not_in_plan: "This needs a larger plan",
  title_not_ready: "Not quite ready",
  title_not_published: "Not on the programme",
  playable_not_found: "Not on the programme",
  not_in_region: "Not in your country",
  window_not_open: "Not yet",
  window_closed: "It has left the programme",
  maturity_exceeded: "Not for this profile",
  profile_not_allowed: "Who is watching?",
  account_suspended: "This account is on hold",
  account_closed: "This account is closed",
  holder_required: "Ask a grown-up",
  signed_out: "Signed out on this device",
  streams_exceeded: "Your plan has fewer screens now",
  device_removed: "This device was removed",
  device_not_allowed: "This device was removed",
};

function wayOut(code: string, playback: Playback): ReactNode {
  if (code === "streams_exceeded") {
    return (
      <Button size="lg" onClick={() => void playback.restart("resume")} data-testid="watch-on">
        Watch on
      </Button>
    );
  }
  if (code === "no_plan" || code === "plan_ended") {
    return (
      <Button asChild size="lg">
        <Link to="/plans" data-testid="to-plans">
          See the plans
        </Link>
      </Button>
    );
  }
  if (code === "maturity_exceeded" || code === "profile_not_allowed" || code === "profile_required") {
    return (
      <Button asChild size="lg">
        <Link to="/profiles">Switch profile</Link>
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
