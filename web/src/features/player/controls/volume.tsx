// How loud it is.

import * as Slider from "@radix-ui/react-slider";
import { Volume1, Volume2, VolumeX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Playback } from "../playback";
import type { PlayerState } from "../state";
import { Tool } from "./controls";

export function Volume({ playback, state }: { playback: Playback; state: PlayerState }) {
  const { t } = useTranslation();
  const silent = state.muted || state.volume === 0;
  const Icon = silent ? VolumeX : state.volume < 0.5 ? Volume1 : Volume2;
  return (
    <span className="group/volume flex items-center">
      <Tool
        label={silent ? t("player.soundOn") : t("player.soundOff")}
        data-testid="mute"
        onClick={() => playback.setVolume(state.volume || 0.5, !silent)}
      >
        <Icon className="size-5" aria-hidden="true" />
      </Tool>
      <Slider.Root
        className="relative flex h-11 w-0 touch-none items-center overflow-hidden opacity-0 transition-[width,opacity] duration-150 focus-within:w-24 focus-within:overflow-visible focus-within:opacity-100 group-hover/volume:w-24 group-hover/volume:overflow-visible group-hover/volume:opacity-100"
        value={[silent ? 0 : state.volume]}
        max={1}
        step={0.05}
        onValueChange={([volume = 0]) => playback.setVolume(volume, false)}
      >
        <Slider.Track className="relative h-1 grow rounded-full bg-ivory/30">
          <Slider.Range className="absolute h-full rounded-full bg-ivory" />
        </Slider.Track>
        <Slider.Thumb
          aria-label={t("player.volume")}
          data-testid="volume"
          className="block size-3.5 rounded-full bg-ivory"
        />
      </Slider.Root>
    </span>
  );
}
