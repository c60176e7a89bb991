// The hero's trailer, over its still: it begins after a while, plays once, and leaves the still behind.
import { Volume2, VolumeX } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { Preview } from "./preview";
import { useOnStage } from "./use-stage";

/** The still is looked at first. Milliseconds. */
const STILL_FOR = 2_000;
/** Out of view for longer, its session is given back; it begins anew. Shorter than a lease lasts. Milliseconds. */
const KEPT_FOR = 20_000;
/** As long as the still takes to come back. Milliseconds. */
const FADE = 700;

export interface Moving {
  video: RefObject<HTMLVideoElement | null>;
  /** There is a picture element to play in. */
  on: boolean;
  /** The trailer is what is seen. */
  shown: boolean;
  muted: boolean;
  setMuted: (muted: boolean) => void;
}

/** Plays the trailer while `place` is on stage; null plays nothing. */
export function useMoving(playableId: string | null, place: RefObject<Element | null>): Moving {
  const video = useRef<HTMLVideoElement>(null);
  const preview = useRef<Preview | null>(null);
  const [on, setOn] = useState(false);
  const [seen, setSeen] = useState(false);
  const [shown, setShown] = useState(false);
  const [muted, setMuted] = useState(true);
  const onStage = useOnStage(place);
  const wanted = playableId !== null && !seen;

  useEffect(() => {
    if (on === (wanted && onStage)) return;
    const wait = on ? (wanted ? KEPT_FOR : 0) : STILL_FOR;
    const turn = setTimeout(() => setOn(!on), wait);
    return () => clearTimeout(turn);
  }, [on, wanted, onStage]);

  useEffect(() => {
    if (!on || playableId === null || !video.current) return;
    const over = () => setTimeout(() => setSeen(true), FADE);
    let ending: ReturnType<typeof setTimeout> | undefined;
    const playing = new Preview(video.current, {
      onShown: setShown,
      onOver: () => {
        ending = over();
      },
    });
    preview.current = playing;
    void playing.start(playableId);
    return () => {
      clearTimeout(ending);
      playing.dispose();
      preview.current = null;
      setShown(false);
      setMuted(true);
    };
  }, [on, playableId]);

  useEffect(() => {
    if (on) preview.current?.move(onStage);
  }, [on, onStage]);

  return { video, on, shown, muted, setMuted };
}

export function MovingPicture({ moving: { video, on, shown, muted } }: { moving: Moving }) {
  if (!on) return null;
  return (
    <video
      ref={video}
      muted={muted}
      playsInline
      disablePictureInPicture
      aria-hidden="true"
      tabIndex={-1}
      data-testid="preview"
      data-shown={shown}
      className={cn(
        // A little darker than it is: whatever comes into the picture, the words on it can be read.
        "absolute inset-0 size-full object-cover brightness-85 transition-opacity duration-700",
        shown ? "opacity-100" : "opacity-0",
      )}
    />
  );
}

export function SoundButton({ moving: { shown, muted, setMuted } }: { moving: Moving }) {
  const { t } = useTranslation();
  if (!shown) return null;
  const label = muted ? t("home.soundOn") : t("home.soundOff");
  const Icon = muted ? VolumeX : Volume2;
  return (
    <Button
      kind="glass"
      size="icon"
      aria-label={label}
      title={label}
      onClick={() => setMuted(!muted)}
      data-testid="preview-sound"
      className="absolute end-(--gutter) bottom-[9vh] animate-fade"
    >
      <Icon className="size-5" aria-hidden="true" />
    </Button>
  );
}
