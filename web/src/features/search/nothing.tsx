// Where nothing was found: a kind word, and something to go on with.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LookAround } from "./look-around";

interface Props {
  words?: string;
  /** Whether to wonder about the spelling. */
  text?: boolean;
  children?: ReactNode;
}

export function NothingFound({ words, text, children }: Props) {
  const { t } = useTranslation();
  return (
    <div data-testid="nothing-found">
      <div className="gutter mt-8 flex max-w-2xl flex-col items-start gap-4 text-dust">
        {words && (
          <p className="wrap-anywhere font-semibold text-ivory text-lg">
            {t("search.empty.nothing", { words })}
          </p>
        )}
        {text && <p>{t("search.empty.text")}</p>}
        {children}
      </div>
      <LookAround />
    </div>
  );
}
