// What the keys do.

import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/shared/ui/dialog";
import { keysHelp } from "./use-keys";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  container: RefObject<HTMLElement | null>;
}

export function Help({ open, onOpenChange, container }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("player.keys")} container={container.current}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2.5 text-sm" data-testid="key-help">
        {keysHelp().map((key) => (
          <div key={key} className="contents">
            <dt className="whitespace-nowrap font-semibold">{t(`player.key.${key}.press`)}</dt>
            <dd className="text-dust">{t(`player.key.${key}.does`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
