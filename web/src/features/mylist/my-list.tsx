// My List as a wall of posters.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import { myList } from "@/shared/api/watch";
import { PosterCard } from "@/shared/titles/poster-card";
import { Button } from "@/shared/ui/button";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";

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
    <div className="gutter pt-[calc(var(--header)+2.5rem)]">
      <h1 className="font-semibold text-2xl">{t("common.myList")}</h1>
      <ul
        data-testid="my-list"
        className="mt-8 grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-7 lg:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))]"
      >
        {data
          ? data.map((item) => (
              <li key={item.title_id}>
                <PosterCard titleId={item.title_id} name={item.name ?? ""} poster={item.poster_url} caption />
              </li>
            ))
          : Array.from({ length: 6 }, (_, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
              <li key={n} className="skeleton aspect-2/3 rounded-card" />
            ))}
      </ul>
    </div>
  );
}
