// My List as a wall of posters.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import { myList } from "@/shared/api/watch";
import { PosterCard } from "@/shared/titles/poster-card";
import { Button } from "@/shared/ui/button";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { walk } from "@/shared/ui/walk";
import { Wall, WallSkeleton } from "@/shared/ui/wall";

export function MyListScreen() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: keys.list, queryFn: myList });
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data?.length === 0) {
    return (
      <PageNotice
        title={t("mylist.emptyTitle")}
        actions={
          <Button asChild kind="light">
            <Link to="/home">{t("mylist.find")}</Link>
          </Button>
        }
      >
        {t("mylist.emptyText")}
      </PageNotice>
    );
  }
  return (
    <div onKeyDownCapture={walk} className="gutter pt-[calc(var(--header)+2.5rem)]">
      <h1 className="font-semibold text-2xl">{t("common.myList")}</h1>
      <Wall testid="my-list" className="mt-8">
        {data ? (
          data.map((item) => (
            <li key={item.title_id}>
              <PosterCard titleId={item.title_id} name={item.name ?? ""} poster={item.poster_url} caption />
            </li>
          ))
        ) : (
          <WallSkeleton count={6} />
        )}
      </Wall>
    </div>
  );
}
