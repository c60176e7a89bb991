// The first page: a hero and rows.
import { useQuery } from "@tanstack/react-query";
import { Clapperboard } from "lucide-react";
import { keys } from "@/app/query";
import { LoadFailed, PageNotice } from "@/components/notice";
import { PosterCard } from "@/components/poster-card";
import { Rail } from "@/components/rail";
import { home as loadHome } from "@/lib/api/catalog";
import type { Row } from "@/lib/api/shapes";
import { ContinueCard } from "./continue-card";
import { Hero, HeroSkeleton } from "./hero";

/** While the house is still empty (the demo films are being prepared), look again this often. Milliseconds. */
const LOOK_AGAIN = 5_000;

export function HomeScreen() {
  const { data, error, refetch } = useQuery({
    queryKey: keys.home,
    queryFn: loadHome,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isEmpty(state.data.rows) ? LOOK_AGAIN : false),
  });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (!data) return <HomeSkeleton />;
  if (isEmpty(data.rows) && !data.hero?.title) {
    return (
      <PageNotice title="The first films are on their way">
        <p className="flex items-center gap-2">
          <Clapperboard className="size-4 animate-pulse" aria-hidden="true" /> They appear here as soon as
          they are ready.
        </p>
      </PageNotice>
    );
  }
  return (
    <div data-testid="home">
      {data.hero?.title ? <Hero title={data.hero.title} /> : <div className="h-(--header)" />}
      <div className="relative flex flex-col gap-10 sm:gap-12">
        {data.rows
          .filter((row) => row.items.length > 0)
          .map((row, index) => (
            <HomeRow key={row.id} row={row} eager={index === 0} />
          ))}
      </div>
    </div>
  );
}

function HomeRow({ row, eager }: { row: Row; eager: boolean }) {
  const continuing = /continue/.test(row.kind) || /continue/.test(row.id);
  return (
    <Rail title={row.name} testid={`row-${row.id}`} kind={row.kind}>
      {row.items.map((card) => (
        <li
          key={card.title_id}
          className={
            continuing
              ? "w-[min(17rem,68vw)] shrink-0 snap-start"
              : "w-34 shrink-0 snap-start sm:w-40 lg:w-46"
          }
        >
          {continuing ? (
            <ContinueCard card={card} />
          ) : (
            <PosterCard
              titleId={card.title_id}
              name={card.name}
              poster={card.poster_url}
              srcSet={card.poster_srcset}
              color={card.color}
              eager={eager}
            />
          )}
        </li>
      ))}
    </Rail>
  );
}

function HomeSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading</span>
      <HeroSkeleton />
      {[0, 1].map((row) => (
        <div key={row} className="gutter mb-12 overflow-hidden">
          <div className="skeleton mb-4 h-6 w-44 rounded-card" />
          <div className="flex gap-4">
            {[0, 1, 2, 3, 4, 5, 6, 7].map((card) => (
              <div key={card} className="skeleton aspect-2/3 w-34 shrink-0 rounded-card sm:w-40 lg:w-46" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

function isEmpty(rows: readonly Row[]): boolean {
  return rows.every((row) => row.items.length === 0);
}
