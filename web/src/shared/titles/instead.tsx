// Something else, where what was asked for is not there: what has come last.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { newest as loadNewest } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { Rail } from "@/shared/ui/rail";
import { PosterCard } from "./poster-card";
import { posterOf } from "./poster-of";

const MOST = 20;

export function Instead() {
  const { t } = useTranslation();
  const { data = [] } = useQuery({ queryKey: keys.newest, queryFn: loadNewest, retry: false });
  if (data.length === 0) return null;
  return (
    <Rail title={t("gone.instead")} testid="instead">
      {data.slice(0, MOST).map((card) => (
        <li key={card.title_id} className="w-34 shrink-0 snap-start sm:w-40 lg:w-46">
          <PosterCard {...posterOf(card)} />
        </li>
      ))}
    </Rail>
  );
}
