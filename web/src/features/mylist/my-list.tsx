// My List as a wall of posters, and below it what is waited for.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import type { ListItem, Reminder } from "@/shared/api/shapes";
import { myList, reminders } from "@/shared/api/watch";
import { Newest } from "@/shared/titles/newest";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { Button } from "@/shared/ui/button";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { Wall, WallSkeleton } from "@/shared/ui/wall";

export function MyListScreen() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: keys.list, queryFn: myList });
  const awaited = useQuery({ queryKey: keys.reminders, queryFn: reminders });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data?.length === 0 && awaited.isSuccess && awaited.data.length === 0) return <Empty />;
  const arrived = awaited.data?.filter(({ arrived_at }) => arrived_at !== null) ?? [];
  const waiting = awaited.data?.filter(({ arrived_at }) => arrived_at === null) ?? [];
  return (
    <div className="gutter flex flex-col gap-14 pt-[calc(var(--header)+2.5rem)]">
      <Part title={t("mylist.arrived")} testid="arrived" items={arrived} />
      <section>
        <h1 className="font-semibold text-2xl">{t("common.myList")}</h1>
        {data?.length === 0 && <p className="mt-3 max-w-xl text-dust">{t("mylist.emptyText")}</p>}
        <Wall testid="my-list" className="mt-8">
          {data ? <Cards items={data} /> : <WallSkeleton count={6} />}
        </Wall>
      </section>
      <Part title={t("mylist.waiting")} testid="waiting" items={waiting} />
    </div>
  );
}

function Part({ title, testid, items }: { title: string; testid: string; items: Reminder[] }) {
  if (items.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className="font-semibold text-xl">{title}</h2>
      <Wall testid={testid} className="mt-6">
        <Cards items={items} />
      </Wall>
    </section>
  );
}

function Cards({ items }: { items: readonly (ListItem | Reminder)[] }) {
  return items.map((item) => (
    <li key={item.title_id}>
      <PosterCard {...posterOf(item)} listedOnly={listedOnly(item)} caption />
    </li>
  ));
}

function listedOnly(item: ListItem | Reminder): boolean {
  return "arrived_at" in item ? item.arrived_at === null : item.availability === "listed";
}

function Empty() {
  const { t } = useTranslation();
  return (
    <>
      <PageNotice
        title={t("mylist.emptyTitle")}
        className="min-h-[55dvh] pb-10"
        actions={
          <Button asChild kind="light">
            <Link to="/home" data-first>
              {t("mylist.find")}
            </Link>
          </Button>
        }
      >
        {t("mylist.emptyText")}
      </PageNotice>
      <Newest title={t("search.empty.newest")} />
    </>
  );
}
