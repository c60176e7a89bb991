// The picture itself under the hand: clicks and taps; and the sign of waiting.

import { Play } from "lucide-react";
import { type MouseEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import type { Presence } from "./controls/presence";
import type { Playback } from "./playback";
import { Reconnecting } from "./reconnecting";
import type { PlayerState } from "./state";
import { type Tap, Taps } from "./taps";

/** A finger that moves farther than this means something else than a tap. CSS pixels. */
const TAP_RADIUS = 12;
/** How long a skip is told of. Milliseconds. */
const SKIPPED_MS = 900;

interface Props {
  playback: Playback;
  state: PlayerState;
  presence: Presence;
  /** The controls are on the picture. */
  shown: boolean;
  onFullScreen: () => void;
}

export function Surface({ playback, state, presence, shown, onFullScreen }: Props) {
  const { t } = useTranslation();
  const [skipped, setSkipped] = useState<{ seconds: number; count: number } | null>(null);
  useEffect(() => {
    if (!skipped) return;
    const gone = setTimeout(() => setSkipped(null), SKIPPED_MS);
    return () => clearTimeout(gone);
  }, [skipped]);
  const tapped = useTapped({ playback, presence, onFullScreen, onSkipped: setSkipped });
  const waiting =
    state.phase === "deciding" || state.phase === "loading" || (state.phase === "ready" && state.buffering);
  return (
    <div className="absolute inset-0 touch-manipulation" {...tapped} data-testid="surface" data-idle={!shown}>
      {waiting && !state.blocked && (
        <div role="status" className="absolute inset-0 grid place-items-center">
          {/* Runs around the large button of fingers, never over it. */}
          <span
            data-testid="waiting"
            className="size-24 animate-spin rounded-full border-3 border-black/25 border-t-ivory shadow-[0_0_12px_rgb(0_0_0/0.4)] [animation-duration:1.1s]"
          />
          <span className="sr-only">{t("common.loading")}</span>
        </div>
      )}
      {state.blocked && (
        <button
          type="button"
          data-testid="tap-to-play"
          onClick={(event) => {
            event.stopPropagation();
            playback.toggle();
          }}
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
          key={skipped.count}
          data-testid="skipped"
          // Time runs from left to right in every language.
          dir="ltr"
          className={cn(
            "pointer-events-none absolute inset-y-0 grid w-1/3 animate-fade place-items-center font-semibold text-lg drop-shadow-[0_1px_6px_black]",
            skipped.seconds < 0 ? "start-0" : "end-0",
          )}
        >
          {t(skipped.seconds < 0 ? "player.backBy" : "player.forwardBy", {
            seconds: number(Math.abs(skipped.seconds)),
          })}
        </span>
      )}
      <Reconnecting state={state} />
    </div>
  );
}

interface Wanted extends Omit<Props, "state" | "shown"> {
  onSkipped: (skipped: { seconds: number; count: number }) => void;
}

/** Taps on the picture: pressed and lifted in one place, and not what closes a menu. */
function useTapped({ playback, presence, onFullScreen, onSkipped }: Wanted) {
  const pressed = useRef<{ kind: Tap["kind"]; x: number; y: number } | null>(null);
  const count = useRef(0);
  const taps = useMemo(
    () =>
      new Taps({
        togglePlay: () => playback.toggle(),
        toggleControls: () => presence.toggle(),
        toggleFullScreen: onFullScreen,
        skip: (by, altogether) => {
          playback.skip(by);
          count.current += 1;
          onSkipped({ seconds: altogether, count: count.current });
        },
      }),
    [playback, presence, onFullScreen, onSkipped],
  );
  return {
    onPointerDown: (event: PointerEvent) => {
      const { button, isPrimary, pointerType, clientX: x, clientY: y } = event;
      const ours = button === 0 && isPrimary && !presence.keeps("menu");
      pressed.current = ours ? { kind: pointerType === "touch" ? "finger" : "mouse", x, y } : null;
    },
    // Not as soon as a finger is lifted: its click would press the button that has come under it meanwhile.
    onClick: (event: MouseEvent<HTMLElement>) => {
      const from = pressed.current;
      pressed.current = null;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) > TAP_RADIUS) return;
      const box = event.currentTarget.getBoundingClientRect();
      taps.tap({
        kind: from.kind,
        at: event.timeStamp,
        across: (event.clientX - box.left) / box.width,
      });
    },
  };
}
