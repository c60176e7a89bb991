// The bar: what is played, what is buffered, and a picture of the moment under the hand.

import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { clock, clockLength } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { share } from "@/shared/lib/share";
import type { Playback } from "../playback";
import { spriteAt } from "../sprites";
import type { PlayerState } from "../state";
import { useSprites } from "./use-sprites";

/** Width of the preview in CSS pixels at the root size of 16 px. */
const PREVIEW_REM = 14;

export function Scrub({ playback, state }: { playback: Playback; state: PlayerState }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const [byKeys, setByKeys] = useState(false);
  const sprites = useSprites(state.session?.trickplay?.vtt);
  const { duration } = state;
  const shown = drag ?? state.position;

  const moment = (event: PointerEvent): number => {
    const box = bar.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return share(event.clientX - box.left, box.width) * duration;
  };
  const move = (event: PointerEvent) => {
    const at = moment(event);
    setHover(at);
    if (drag !== null) setDrag(at);
  };
  const press = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag(moment(event));
    setHover(moment(event));
  };
  const release = (event: PointerEvent) => {
    if (drag === null) return;
    playback.seek(moment(event));
    setDrag(null);
    if (event.pointerType !== "mouse") setHover(null);
  };
  const step = (event: KeyboardEvent) => {
    const to = { Home: 0, End: duration, PageUp: shown + 60, PageDown: shown - 60 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    playback.seek(to);
  };

  // With keys and a remote control the moment to look at is the one that plays.
  const looked = hover ?? (byKeys ? shown : null);
  const sprite = looked === null ? undefined : spriteAt(sprites, looked);
  return (
    <div
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label={t("player.position")}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(shown)}
      aria-valuetext={t("player.positionOf", { position: clock(shown), duration: clockLength(duration) })}
      data-testid="scrub"
      data-bar
      onPointerMove={move}
      onPointerDown={press}
      onPointerUp={release}
      onPointerCancel={() => {
        setDrag(null);
        setHover(null);
      }}
      onPointerLeave={() => drag === null && setHover(null)}
      onKeyDown={step}
      onFocus={({ currentTarget }) => setByKeys(currentTarget.matches(":focus-visible"))}
      onBlur={() => setByKeys(false)}
      className="group relative flex h-6 cursor-pointer touch-none items-center rounded-full pointer-coarse:h-10"
    >
      <div className="relative h-1 w-full rounded-full bg-ivory/20 transition-[height] duration-150 group-hover:h-2 pointer-coarse:h-1.5">
        <Fill share={share(state.bufferedTo, duration)} className="bg-ivory/40" />
        <Fill share={share(shown, duration)} className="bg-ruby" />
        <span
          style={{ left: `${share(shown, duration) * 100}%` }}
          className={cn(
            "-translate-x-1/2 -translate-y-1/2 absolute top-1/2 size-4 scale-0 rounded-full bg-ruby transition-transform duration-150 group-hover:scale-100 group-focus-visible:scale-100 pointer-coarse:scale-100",
            drag !== null && "scale-125!",
          )}
        />
      </div>
      {looked !== null && duration > 0 && (
        <div
          data-testid="preview"
          style={{
            left: `clamp(${PREVIEW_REM / 2}rem, ${share(looked, duration) * 100}%, calc(100% - ${PREVIEW_REM / 2}rem))`,
            width: `${PREVIEW_REM}rem`,
          }}
          className="-translate-x-1/2 pointer-events-none absolute bottom-8 flex flex-col items-center gap-1.5"
        >
          {sprite && (
            <span className="block w-full overflow-hidden rounded-card bg-plush shadow-lift ring-1 ring-ivory/15">
              <SpritePicture {...sprite} url={playback.granted(sprite.url)} />
            </span>
          )}
          <span className="rounded-card bg-black/80 px-2 py-0.5 text-sm tabular-nums">{clock(looked)}</span>
        </div>
      )}
    </div>
  );
}

function Fill({ share: part, className }: { share: number; className: string }) {
  return (
    <span
      style={{ width: `${part * 100}%` }}
      className={cn("absolute inset-y-0 start-0 rounded-full", className)}
    />
  );
}

/** One rectangle of a sheet, scaled to the width it is given. */
function SpritePicture({ url, x, y, w, h }: { url: string; x: number; y: number; w: number; h: number }) {
  return (
    <svg
      viewBox={`${x} ${y} ${w} ${h}`}
      className="block w-full"
      aria-hidden="true"
      style={{ aspectRatio: w / h }}
    >
      <image href={url} />
    </svg>
  );
}
