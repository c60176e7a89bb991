// A title that was found, with what of it fits.

import { useTranslation } from "react-i18next";
import type { SearchItem } from "@/shared/api/shapes";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { Marked } from "./marked";
import { excerpt } from "./spans";

/** So much of a description is told. Characters. */
const TOLD = 60;

export function ResultCard({ item, onOpen }: { item: SearchItem; onOpen?: () => void }) {
  const { t } = useTranslation();
  const name = item.highlights.find(({ field }) => field === "name");
  const why = name ? undefined : item.highlights.find(({ field }) => field !== "name");
  const facts = [item.year, item.type === "series" ? t("search.isSeries") : null].filter(Boolean);
  const caption = (
    <span className="mt-2.5 flex flex-col gap-0.5 text-sm">
      <span className="line-clamp-2 text-ivory/85 group-hover:text-ivory">
        <Marked text={item.name} spans={name?.spans ?? []} />
      </span>
      {facts.length > 0 && <span className="text-dust">{facts.join(" · ")}</span>}
      {why && why.field !== "name" && (
        <span className="line-clamp-2 text-dust" data-testid="why">
          {t(`search.why.${why.field}`)}
          {": "}
          <Marked {...excerpt(why.text, why.spans, TOLD)} />
        </span>
      )}
    </span>
  );
  return <PosterCard {...posterOf(item)} caption={caption} onOpen={onOpen} />;
}
