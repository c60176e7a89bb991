// The first page: a hero and rows.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { home as loadHome } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { Home, Row } from "@/shared/api/shapes";
import { useShown } from "@/shared/events/use-shown";
import { genreName } from "@/shared/titles/names";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { LoadFailed } from "@/shared/ui/notice";
import { Rail, RailSkeleton } from "@/shared/ui/rail";
import { ComingSoon, MoreComing } from "./coming";
import { ContinueCard } from "./continue-card";
import { Hero, HeroSkeleton } from "./hero";
import { steady, titlesOn } from "./steady";

/** While the house is empty, or still filling, look again this often. Milliseconds. */
const EMPTY_EVERY = 4_000;
const FILLING_EVERY = 15_000;
/** With fewer titles than this a house may still be filling: the first films are being prepared. */
const FILLED = 11;

export function HomeScreen() {
  const { data, error, refetch } = useQuery({
    queryKey: keys.home,
    queryFn: loadHome,
    staleTime: 0,
    refetchOnWindowFocus: true,
    refetchInterval: ({ state }) => (state.data ? lookAgain(titlesOn(state.data)) : false),
  });
  const { page, grown } = useSteady(data);
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (!page) return <HomeSkeleton />;
  if (titlesOn(page) === 0 && !page.hero?.title) return <ComingSoon />;
  return (
    <div data-testid="home">
      {page.hero?.title ? (
        <Hero title={page.hero.title} />
      ) : (
        <div className="h-[calc(var(--header)+1.5rem)]" />
      )}
      <div className="relative flex flex-col gap-10 sm:gap-12">
        {page.rows
          .filter((row) => row.items.length > 0)
          .map((row, index) => (
            <HomeRow key={row.id} row={row} place={index} eager={index === 0} />
          ))}
        {grown && titlesOn(page) < FILLED && <MoreComing />}
      </div>
    </div>
  );
}

function lookAgain(titles: number): number | false {
  if (titles === 0) return EMPTY_EVERY;
  return titles < FILLED ? FILLING_EVERY : false;
}

/** The page without jumps for as long as it is on screen, and whether titles have come to it meanwhile. */
function useSteady(data: Home | undefined): { page: Home | undefined; grown: boolean } {
  const shown = useRef<{ from?: Home; page?: Home; first: number }>({ first: 0 });
  const { current } = shown;
  if (data && data !== current.from) {
    if (!current.from) current.first = titlesOn(data);
    current.from = data;
    current.page = steady(current.page, data);
  }
  const { page, first } = current;
  return { page, grown: page !== undefined && titlesOn(page) > first };
}

function HomeRow({ row, place, eager }: { row: Row; place: number; eager: boolean }) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  useShown(list, {
    impressionId: row.impression_id,
    recommendationId: row.recommendation_id,
    model: row.model,
    experiments: row.experiments,
    pictures: Object.fromEntries(
      row.items.flatMap(({ title_id, picture }) => (picture ? [[title_id, picture]] : [])),
    ),
    row: row.id,
    rowPosition: place,
  });
  const name = nameOf(row, t);
  const continuing = /continue/.test(row.kind) || /continue/.test(row.id);
  return (
    <Rail
      title={name}
      testid={`row-${row.id}`}
      kind={row.kind}
      cards={list}
      more={row.collection_id && <WholeCollection id={row.collection_id} name={name} />}
    >
      {row.items.map((card, at) =>
        row.kind === "top10" ? (
          <Ranked key={card.title_id} place={at + 1}>
            <PosterCard {...posterOf(card)} eager={eager} />
          </Ranked>
        ) : (
          <li
            key={card.title_id}
            className={
              continuing
                ? "w-[min(18rem,72vw)] shrink-0 snap-start"
                : "w-34 shrink-0 snap-start sm:w-40 lg:w-46"
            }
          >
            {continuing ? <ContinueCard card={card} /> : <PosterCard {...posterOf(card)} eager={eager} />}
          </li>
        ),
      )}
    </Rail>
  );
}

/** A card behind the number of its place. */
function Ranked({ place, children }: { place: number; children: ReactNode }) {
  return (
    <li className="flex shrink-0 snap-start items-end" data-testid="ranked" data-place={place}>
      <span
        className="-me-3 select-none font-display text-[7.5rem] text-velvet leading-[0.78] tracking-tighter [-webkit-text-stroke:2px_var(--color-dust)] sm:text-[9.5rem] lg:text-[11rem]"
        aria-hidden="true"
      >
        {place}
      </span>
      <div className="relative w-28 sm:w-34 lg:w-40">
        <span className="sr-only">{place}</span>
        {children}
      </div>
    </li>
  );
}

/** Rows that people made are called what they called them. */
function nameOf({ kind, name, reason }: Row, t: TFunction): string {
  if (kind === "collection") return name;
  if (kind === "because_watched") return t("home.rows.because_watched", { title: reason?.title ?? "" });
  return kind === "genre" ? genreName(name) : t(`home.rows.${kind}`);
}

function WholeCollection({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/collection/$collectionId"
      params={{ collectionId: id }}
      aria-label={`${name}: ${t("collection.whole")}`}
      className="shrink-0 text-dust text-sm transition-colors hover:text-ivory pointer-coarse:-my-3 pointer-coarse:inline-flex pointer-coarse:min-h-11 pointer-coarse:items-center"
      data-testid="whole-collection"
    >
      {t("collection.whole")}
    </Link>
  );
}

function HomeSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="sr-only">{t("common.loading")}</span>
      <HeroSkeleton />
      {[0, 1].map((row) => (
        <RailSkeleton key={row} className="mb-12" />
      ))}
    </div>
  );
}
