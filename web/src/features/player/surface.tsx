// The picture itself under the hand: a click plays or pauses, a double tap at a side skips; and the sign of waiting.

import { LoaderCircle, Play, WifiOff } from "lucide-react";
import { type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import type { Playback } from "./playback";
import type { PlayerState } from "./state";

const DOUBLE_MS = 280;

interface Props {
  playback: Playback;
  state: PlayerState;
  onFullScreen: () => void;
  /** The controls are hidden: the first tap of a finger brings them back. */
  idle: boolean;
}

export function Surface({ playback, state, onFullScreen, idle }: Props) {
  const { t } = useTranslation();
  const lastTap = useRef(0);
  const pending = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [skipped, setSkipped] = useState<{ by: number; at: number } | null>(null);

  const tap = (event: PointerEvent<HTMLDivElement>) => {
    const double = event.timeStamp - lastTap.current < DOUBLE_MS;
    lastTap.current = double ? 0 : event.timeStamp;
    clearTimeout(pending.current);
    if (event.pointerType === "mouse") {
      if (double) onFullScreen();
      else pending.current = setTimeout(() => playback.toggle(), DOUBLE_MS);
      return;
    }
    if (!double) return; // A single touch only wakes the controls, whose large button plays and pauses.
    const box = event.currentTarget.getBoundingClientRect();
    const third = (event.clientX - box.left) / box.width;
    const by = third < 0.4 ? -10 : third > 0.6 ? 10 : 0;
    if (by === 0) onFullScreen();
    else {
      playback.skip(by);
      setSkipped({ by, at: event.timeStamp });
    }
  };

  const waiting =
    state.phase === "deciding" || state.phase === "loading" || (state.phase === "ready" && state.buffering);
  return (
    <div className="absolute inset-0" onPointerUp={tap} data-testid="surface" data-idle={idle}>
      {waiting && (
        <div role="status" className="absolute inset-0 grid place-items-center" data-testid="waiting">
          <LoaderCircle
            className="size-14 animate-spin text-ivory/90 [animation-duration:1.1s]"
            strokeWidth={1.5}
          />
          <span className="sr-only">{t("common.loading")}</span>
        </div>
      )}
      {state.blocked && (
        <button
          type="button"
          data-testid="tap-to-play"
          onPointerUp={(event) => event.stopPropagation()}
          onClick={() => playback.toggle()}
          className="absolute inset-0 grid place-items-center"
          aria-label={t("common.play")}
        >
          <span className="grid size-24 place-items-center rounded-full bg-ruby-fill shadow-lift">
            <Play className="size-10 translate-x-1 fill-ivory text-ivory" aria-hidden="true" />
          </span>
        </button>
      )}
      {skipped && (
        <span
          key={skipped.at}
          // Time runs from left to right in every language.
          dir="ltr"
          onAnimationEnd={() => setSkipped(null)}
          className={cn(
            "absolute inset-y-0 grid w-1/3 animate-[fade_500ms_ease-out_reverse_both] place-items-center font-semibold text-lg",
            skipped.by < 0 ? "start-0" : "end-0",
          )}
        >
          {skipped.by < 0 ? t("player.back10Short") : t("player.forward10Short")}
        </span>
      )}
      {state.reconnecting && (
        <p
          role="status"
          className="absolute top-20 left-1/2 flex -translate-x-1/2 items-center gap-2 rounded-full bg-curtain/85 px-4 py-2 text-sm"
        >
          <WifiOff className="size-4 text-amber" aria-hidden="true" /> {t("player.reconnecting")}
        </p>
      )}
    </div>
  );
}
