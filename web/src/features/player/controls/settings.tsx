// Quality, captions and audio, speed.

import { Captions, Gauge, Settings2 } from "lucide-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuChoices } from "@/shared/ui/menu";
import type { Playback } from "../playback";
import { AUTO, OFF, type PlayerState } from "../state";
import { Tool } from "./controls";
import { RATES, rateLabel, times } from "./rates";

interface Props {
  playback: Playback;
  state: PlayerState;
  container: RefObject<HTMLElement | null>;
  onMenu: (open: boolean) => void;
}

export function SettingsMenus({ playback, state, container, onMenu }: Props) {
  const { t } = useTranslation();
  const menu = { side: "top" as const, container: container.current, onOpenChange: onMenu };
  const words = state.captions.length > 0;
  const voices = state.audios.length > 1;
  return (
    <>
      {(words || voices) && (
        <Menu
          {...menu}
          trigger={
            <Tool label={t("player.captionsAndAudio")} data-testid="tracks">
              <Captions className="size-5" aria-hidden="true" />
            </Tool>
          }
        >
          {words && (
            <MenuChoices
              label={t("player.captions")}
              value={state.caption}
              onChoose={(id) => playback.setCaption(id)}
              choices={[{ id: OFF, label: t("player.captionsOff") }, ...state.captions]}
            />
          )}
          {voices && (
            <MenuChoices
              label={t("player.audio")}
              value={state.audio}
              onChoose={(id) => playback.setAudio(id)}
              choices={state.audios}
            />
          )}
        </Menu>
      )}
      <Menu
        {...menu}
        trigger={
          <Tool label={t("player.speed")} data-testid="speed">
            {state.rate === 1 ? (
              <Gauge className="size-5" aria-hidden="true" />
            ) : (
              <span className="font-semibold text-sm">{times(state.rate)}</span>
            )}
          </Tool>
        }
      >
        <MenuChoices
          label={t("player.speed")}
          value={String(state.rate)}
          onChoose={(id) => playback.setRate(Number(id))}
          choices={RATES.map((rate) => ({ id: String(rate), label: rateLabel(rate) }))}
        />
      </Menu>
      <Menu
        {...menu}
        trigger={
          <Tool label={t("player.quality")} data-testid="quality">
            <Settings2 className="size-5" aria-hidden="true" />
          </Tool>
        }
      >
        <MenuChoices
          label={t("player.quality")}
          value={state.quality}
          onChoose={(id) => playback.setQuality(id)}
          choices={[
            {
              id: AUTO,
              label: t("player.automatic"),
              note: state.height ? t("player.now", { height: state.height }) : undefined,
            },
            ...state.qualities,
          ]}
        />
      </Menu>
    </>
  );
}
