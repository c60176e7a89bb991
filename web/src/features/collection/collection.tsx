// A collection that editors put together, as a wall of posters.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { collection as loadCollection } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { Gone, isGone } from "@/shared/titles/gone";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { ShownWall } from "@/shared/titles/shown-wall";
import { LoadFailed } from "@/shared/ui/notice";
import { useTabName } from "@/shared/ui/use-tab-name";
import { WallSkeleton } from "@/shared/ui/wall";

export function CollectionScreen() {
  const { t } = useTranslation();
  const { collectionId } = useParams({ from: "/viewers/shell/collection/$collectionId" });
  const { data, error, refetch } = useQuery({
    queryKey: keys.collection(collectionId),
    queryFn: () => loadCollection(collectionId),
  });
  useTabName(data?.name);
  if (isGone(error)) return <Gone what="collection" />;
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="gutter pt-[calc(var(--header)+2.5rem)]" data-testid="collection-page">
      {data ? (
        <>
          <h1 className="font-semibold text-2xl">{data.name}</h1>
          {data.description && (
            <p className="mt-3 max-w-2xl whitespace-pre-line text-dust leading-relaxed" dir="auto">
              {data.description}
            </p>
          )}
        </>
      ) : (
        <div role="status">
          <span className="sr-only">{t("common.loading")}</span>
          <div className="skeleton h-10 w-64 rounded-card" />
        </div>
      )}
      <ShownWall row={`collection-${collectionId}`} className="mt-8">
        {data?.items.map((card) => (
          <li key={card.title_id}>
            <PosterCard {...posterOf(card)} caption />
          </li>
        )) ?? <WallSkeleton count={6} />}
      </ShownWall>
    </div>
  );
}
