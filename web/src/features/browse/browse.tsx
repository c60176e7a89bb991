// All genres as tiles, and other ways through the programme.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { genres as loadGenres, newest as loadNewest } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { Card, Genre } from "@/shared/api/shapes";
import { genreName, inOrder } from "@/shared/titles/names";
import { letterWidth } from "@/shared/ui/face";
import { CHIP, ChipRow } from "@/shared/ui/filter-chip";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { Picture } from "@/shared/ui/picture";
import { useTabName } from "@/shared/ui/use-tab-name";
import { facesOf } from "./faces";

const WAYS = ["newest", "popular", "rating"] as const;

export function BrowseScreen() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: keys.genres, queryFn: loadGenres });
  // The genres' pictures are theirs.
  const { data: cards } = useQuery({ queryKey: keys.newest, queryFn: loadNewest });
  useTabName(t("browse.browse"));
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data?.length === 0) return <PageNotice title={t("browse.emptyTitle")}>{t("browse.none")}</PageNotice>;
  return (
    <div className="pt-[calc(var(--header)+2.5rem)]" data-testid="browse">
      <h1 className="gutter font-semibold text-2xl">{t("browse.browse")}</h1>
      <ChipRow label={t("browse.browse")} className="mt-5">
        <Link to="/search" search={{ type: "movie" }} className={CHIP}>
          {t("browse.films")}
        </Link>
        <Link to="/search" search={{ type: "series" }} className={CHIP}>
          {t("browse.series")}
        </Link>
        {WAYS.map((sort) => (
          <Link key={sort} to="/search" search={{ sort }} className={CHIP}>
            {t(`browse.ways.${sort}`)}
          </Link>
        ))}
      </ChipRow>
      <h2 className="gutter mt-9 mb-4 font-semibold text-lg">{t("browse.genres")}</h2>
      <Tiles genres={data} cards={cards ?? []} />
    </div>
  );
}

function Tiles({ genres, cards }: { genres: Genre[] | undefined; cards: Card[] }) {
  const faces = facesOf(genres ?? [], cards);
  return (
    <ul className="gutter grid grid-cols-2 gap-3 sm:grid-cols-[repeat(auto-fill,minmax(15rem,1fr))] sm:gap-4">
      {genres
        ? inOrder(genres).map((genre) => (
            <li key={genre.id}>
              <Tile genre={genre} face={faces.get(genre.id)} />
            </li>
          ))
        : [0, 1, 2, 3, 4, 5, 6, 7].map((place) => (
            <li key={place} className="skeleton aspect-4/3 rounded-panel sm:aspect-video" />
          ))}
    </ul>
  );
}

function Tile({ genre, face }: { genre: Genre; face: Card | undefined }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/genre/$slug"
      params={{ slug: genre.id }}
      data-testid="genre-tile"
      data-genre={genre.id}
      className="group block scroll-my-24 rounded-panel outline-none"
    >
      <span className="relative block overflow-hidden rounded-panel bg-linear-150 from-seam to-velvet outline-ivory outline-offset-3 @container group-focus-visible:outline-2">
        <Picture
          key={face?.backdrop_url}
          src={face?.backdrop_url}
          srcSet={face?.backdrop_srcset}
          sizes="(min-width: 40rem) 20rem, 50vw"
          blurhash={face?.backdrop_blurhash}
          name=""
          seed={genre.id}
          decorative
          className="aspect-4/3 bg-transparent transition-transform duration-220 ease-out group-hover:scale-105 group-focus-visible:scale-105 sm:aspect-video"
        />
        <span className="absolute inset-0 bg-linear-to-t from-curtain/90 via-curtain/40 to-curtain/10" />
        <span className="absolute inset-x-0 bottom-0 flex flex-col p-3.5 sm:p-4">
          <span
            className="line-clamp-3 text-pretty font-display leading-tight [--most:1.25rem] sm:[--most:1.5rem]"
            style={{ fontSize: `min(var(--most), ${letterWidth(genreName(genre.name)).toFixed(2)}cqi)` }}
          >
            {genreName(genre.name)}
          </span>
          <span className="text-ivory/85 text-xs sm:text-sm">
            {t("common.titles", { count: genre.titles })}
          </span>
        </span>
      </span>
    </Link>
  );
}
