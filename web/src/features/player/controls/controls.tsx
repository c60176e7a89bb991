// Everything the hand asked for, over the picture: where you are, and what you can do.

import {
  ArrowLeft,
  Keyboard,
  Maximize,
  Minimize,
  Pause,
  PictureInPicture2,
  Play,
  RotateCcw,
  RotateCw,
  SkipForward,
} from "lucide-react";
import type { ComponentProps, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { clock, clockLength } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { episodeLabel } from "@/shared/titles/names";
import type { Playback } from "../playback";
import { type PlayerState, skipIntroTo } from "../state";
import type { Presence } from "./presence";
import { Scrub } from "./scrub";
import { SettingsMenus } from "./settings";
import { focusOn } from "./use-presence";
import type { Screen } from "./use-screen";
import { Volume } from "./volume";

interface Props {
  playback: Playback;
  state: PlayerState;
  screen: Screen;
  presence: Presence;
  hidden: boolean;
  container: RefObject<HTMLElement | null>;
  onBack: () => void;
  onHelp: () => void;
  onNext: (() => void) | null;
}

export function Controls(props: Props) {
  const { t } = useTranslation();
  const { playback, state, screen, hidden, onBack, onHelp, onNext } = props;
  const live = state.phase === "ready" || state.phase === "ended";
  const intro = skipIntroTo(state);
  const PlayIcon = state.paused ? Play : Pause;
  const playLabel = state.paused ? t("common.play") : t("player.pause");
  return (
    <>
      <div
        data-controls
        data-testid="controls"
        data-hidden={hidden}
        inert={hidden}
        // What lies between the buttons belongs to the picture.
        className={cn(
          "pointer-events-none absolute inset-0 flex flex-col justify-between transition-opacity duration-220 [&_:is(button,[data-bar],[role=slider])]:pointer-events-auto",
          hidden && "opacity-0",
        )}
      >
        <div className="flex items-center gap-4 bg-linear-to-b from-black/75 to-transparent px-[max(1rem,env(safe-area-inset-left))] pt-4 pb-12 sm:px-8">
          <Tool label={t("player.back")} onClick={onBack} data-testid="leave">
            <ArrowLeft className="size-6 rtl:-scale-x-100" aria-hidden="true" />
          </Tool>
          <Heading state={state} />
        </div>
        {live && (
          // Fingers get one large row in the middle; the bar below stays for the rest. Time runs from left to right everywhere.
          <div
            dir="ltr"
            className="-translate-y-1/2 absolute inset-x-0 top-1/2 hidden justify-center gap-12 pointer-coarse:flex"
          >
            <Tool label={t("player.back10")} big onClick={() => playback.skip(-10)}>
              <RotateCcw className="size-8" aria-hidden="true" />
            </Tool>
            <Tool
              label={playLabel}
              big
              onClick={() => playback.toggle()}
              data-entry
              data-testid="big-play-pause"
            >
              <PlayIcon className="size-11 fill-current" aria-hidden="true" />
            </Tool>
            <Tool label={t("player.forward10")} big onClick={() => playback.skip(10)}>
              <RotateCw className="size-8" aria-hidden="true" />
            </Tool>
          </div>
        )}
        <div
          dir="ltr"
          className={cn(
            "bg-linear-to-t from-black/85 via-black/55 to-transparent px-4 pt-16 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-8 sm:pb-5",
            !live && "invisible",
          )}
        >
          <Scrub playback={playback} state={state} />
          <div className="mt-1 flex items-center gap-0.5 sm:gap-1.5">
            <span className="flex items-center pointer-coarse:hidden sm:gap-1.5">
              <Tool label={playLabel} onClick={() => playback.toggle()} data-entry data-testid="play-pause">
                <PlayIcon className="size-6 fill-current" aria-hidden="true" />
              </Tool>
              <Tool label={t("player.back10")} onClick={() => playback.skip(-10)} data-testid="back-10">
                <RotateCcw className="size-5" aria-hidden="true" />
              </Tool>
              <Tool label={t("player.forward10")} onClick={() => playback.skip(10)} data-testid="forward-10">
                <RotateCw className="size-5" aria-hidden="true" />
              </Tool>
              <Volume playback={playback} state={state} />
            </span>
            <span className="ms-2 whitespace-nowrap text-sm tabular-nums" data-testid="time">
              {clock(state.position)} <span className="text-ivory/60">/ {clockLength(state.duration)}</span>
            </span>
            <span className="flex-1" />
            {onNext && (
              <Tool label={t("player.next")} onClick={onNext} data-testid="next">
                <SkipForward className="size-5 fill-current" aria-hidden="true" />
              </Tool>
            )}
            <SettingsMenus
              playback={playback}
              state={state}
              container={props.container}
              presence={props.presence}
            />
            <Tool
              label={t("player.keys")}
              onClick={onHelp}
              className="pointer-coarse:hidden max-lg:hidden"
              data-testid="help"
            >
              <Keyboard className="size-5" aria-hidden="true" />
            </Tool>
            {screen.canFloat && (
              <Tool
                label={t("player.smallWindow")}
                onClick={screen.float}
                className="hidden sm:grid"
                data-testid="pip"
              >
                <PictureInPicture2 className="size-5" aria-hidden="true" />
              </Tool>
            )}
            <Tool
              label={screen.full ? t("player.leaveFullScreen") : t("player.fullScreen")}
              onClick={screen.toggle}
              data-testid="fullscreen"
            >
              {screen.full ? (
                <Minimize className="size-5" aria-hidden="true" />
              ) : (
                <Maximize className="size-5" aria-hidden="true" />
              )}
            </Tool>
          </div>
        </div>
      </div>
      {/* After the controls, whose shade would lie over it. */}
      {intro !== null && (
        <button
          type="button"
          data-offer
          data-testid="skip-intro"
          onClick={() => {
            playback.seek(intro);
            // The button pressed is about to go.
            focusOn(props.container.current);
          }}
          className="absolute end-(--gutter) bottom-32 animate-rise rounded-card bg-ivory/90 px-5 py-2.5 font-semibold text-curtain hover:bg-ivory"
        >
          {t("player.skipIntro")}
        </button>
      )}
    </>
  );
}

function Heading({ state }: { state: PlayerState }) {
  const title = state.session?.title;
  if (!title) return null;
  const part = [episodeLabel(title), title.episode_name, state.session?.trailer].filter(Boolean).join(" · ");
  return (
    // Each part is cut at the end of its own direction: what begins first is what is read.
    <h1 className="flex min-w-0 items-baseline gap-3 font-semibold sm:text-lg" data-testid="playing-title">
      <bdi className="min-w-0 truncate">{title.name}</bdi>
      {part && <bdi className="min-w-0 truncate font-normal text-ivory/75 text-sm sm:text-base">{part}</bdi>}
    </h1>
  );
}

interface ToolProps extends ComponentProps<"button"> {
  label: string;
  big?: boolean;
}

export function Tool({ label, big, className, ...rest }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cn(
        "grid place-items-center rounded-full text-ivory transition-[background-color,transform] duration-150 hover:bg-ivory/15 active:scale-95",
        big ? "size-18 bg-black/35" : "size-11",
        className,
      )}
      {...rest}
    />
  );
}
