// Says that the network is away: beside a film that plays on, or in the place of one that waits.
import { WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PlayerState } from "./state";

export function Reconnecting({ state }: { state: PlayerState }) {
  const { t } = useTranslation();
  const waits = state.phase !== "ready" || state.buffering;
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 top-20 flex justify-center px-(--gutter)"
    >
      {state.reconnecting && state.phase !== "ended" && (
        <p
          data-testid="reconnecting"
          className="flex items-center gap-3 rounded-panel bg-curtain/85 px-4 py-2 text-sm"
        >
          <WifiOff className="size-4 shrink-0 text-amber" aria-hidden="true" />
          {waits ? t("player.reconnectingToGoOn") : t("player.reconnecting")}
        </p>
      )}
    </div>
  );
}
