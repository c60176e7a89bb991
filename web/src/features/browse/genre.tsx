// The titles of one genre, as far down as one goes.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { genres as loadGenres, titles as loadTitles } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { genreSlug } from "@/shared/titles/genre-slug";
import { Gone } from "@/shared/titles/gone";
import { genreName } from "@/shared/titles/names";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { ShownWall } from "@/shared/titles/shown-wall";
import { Button } from "@/shared/ui/button";
import { ChipRow, FilterChip } from "@/shared/ui/filter-chip";
import { More } from "@/shared/ui/more";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { useTabName } from "@/shared/ui/use-tab-name";
import { WallSkeleton } from "@/shared/ui/wall";
import { type GenreAddress, genreAddress, SORTS } from "./address";

const PAGE = 30;
/** Coming back from a title, the wall stands as it was left. Milliseconds. */
const KEPT = 300_000;

export function GenreScreen() {
  const { t } = useTranslation();
  const { slug } = useParams({ from: "/viewers/shell/genre/$slug" });
  const asked = useSearch({ from: "/viewers/shell/genre/$slug" });
  const { sort = "newest", type } = asked;
  const { name, unknown, asking } = useGenre(slug);
  const list = useInfiniteQuery({
    queryKey: keys.genre(slug, sort, type),
    queryFn: ({ pageParam }) => loadTitles({ genre: slug, sort, type, limit: PAGE }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: KEPT,
  });
  useTabName(unknown ? undefined : name);
  if (list.error && !list.data) return <LoadFailed error={list.error} onRetry={() => void list.refetch()} />;
  const found = list.data?.pages.flatMap(({ items }) => items);
  // Whether there is no such genre, or nothing in it, is not known yet.
  const cards = found?.length === 0 && asking ? undefined : found;
  // Of one that exists, a kind or another may be missing.
  if (unknown && cards?.length === 0) return <Gone what="genre" />;
  return (
    <div className="pt-[calc(var(--header)+2.5rem)]" data-testid="genre">
      <h1 className="gutter hyphens-auto text-balance font-display text-[clamp(1.75rem,7vw,3rem)] leading-tight">
        {name}
      </h1>
      <Ways asked={asked} slug={slug} />
      {cards?.length === 0 ? (
        <PageNotice
          className="min-h-[40dvh] py-12"
          below
          title={t("browse.emptyTitle")}
          actions={
            <Button asChild kind="light">
              <Link to="/browse">{t("browse.otherGenres")}</Link>
            </Button>
          }
        >
          {t("browse.emptyText")}
        </PageNotice>
      ) : (
        <div className="gutter mt-7">
          <ShownWall row={`genre-${slug}`} testid="genre-titles">
            {cards?.map((card) => (
              <li key={card.title_id}>
                <PosterCard {...posterOf(card)} caption />
              </li>
            )) ?? <WallSkeleton count={12} />}
          </ShownWall>
          <More list={list} />
        </div>
      )}
    </div>
  );
}

function Ways({ asked, slug }: { asked: GenreAddress; slug: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const go = (change: { sort?: string; type?: string }) =>
    void navigate({
      to: "/genre/$slug",
      params: { slug },
      search: genreAddress({ ...asked, ...change }),
      replace: true,
    });
  return (
    <ChipRow label={t("browse.order")} className="mt-5">
      <FilterChip
        label={t("browse.type")}
        none={t("browse.all")}
        value={asked.type}
        onChoose={(type) => go({ type })}
        choices={[
          { id: "movie", label: t("browse.films") },
          { id: "series", label: t("browse.series") },
        ]}
        testid="genre-type"
      />
      <FilterChip
        label={t("browse.order")}
        value={asked.sort ?? "newest"}
        onChoose={(sort) => go({ sort })}
        choices={SORTS.map((id) => ({ id, label: t(`browse.sort.${id}`) }))}
        testid="genre-sort"
      />
    </ChipRow>
  );
}

function useGenre(slug: string): { name: string; unknown: boolean; asking: boolean } {
  const { data, isPending } = useQuery({ queryKey: keys.genres, queryFn: loadGenres });
  const known = data?.find(({ id, name }) => id === slug || genreSlug(name) === slug);
  return {
    name: genreName(known?.name ?? slug.replaceAll("-", " ")),
    unknown: data !== undefined && !known,
    asking: isPending,
  };
}
