// Quality, captions and audio, speed.

import { Captions, Gauge, Settings2 } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuChoices } from "@/shared/ui/menu";
import type { Playback } from "../playback";
import { AUTO, OFF, type PlayerState } from "../state";
import { Tool } from "./controls";
import type { Presence } from "./presence";
import { RATES, rateLabel, times } from "./rates";

interface Props {
  playback: Playback;
  state: PlayerState;
  container: RefObject<HTMLElement | null>;
  presence: Presence;
}

export function SettingsMenus({ playback, state, container, presence }: Props) {
  const { t } = useTranslation();
  const keep = useKept(presence);
  const menu = (name: string) => ({
    side: "top" as const,
    container: container.current,
    onOpenChange: (open: boolean) => keep(name, open),
  });
  const words = state.captions.length > 0;
  const voices = state.audios.length > 1;
  const playing = state.qualities.find(({ id }) => id === String(state.height));
  return (
    <>
      {(words || voices) && (
        <Menu
          {...menu("tracks")}
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
        {...menu("speed")}
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
        {...menu("quality")}
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
              note: playing && t("player.now", { quality: playing.label }),
            },
            ...state.qualities,
          ]}
        />
      </Menu>
    </>
  );
}

/** Open menus keep the controls, also while one gives way to another. */
function useKept(presence: Presence): (menu: string, open: boolean) => void {
  const opened = useRef(new Set<string>());
  useEffect(() => () => presence.keep("menu", false), [presence]);
  return (menu, open) => {
    if (open) opened.current.add(menu);
    else opened.current.delete(menu);
    presence.keep("menu", opened.current.size > 0);
  };
}
