// What to go on with where nobody has asked yet, or nothing was found: what others look for or what is new, and genres.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { genres as loadGenres } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { trending as loadTrending } from "@/shared/api/search";
import { genreName, inOrder } from "@/shared/titles/names";
import { Newest } from "@/shared/titles/newest";
import { PosterCard } from "@/shared/titles/poster-card";
import { CHIP, ChipRow } from "@/shared/ui/filter-chip";
import { Rail, RailSkeleton } from "@/shared/ui/rail";

export function LookAround() {
  const { t } = useTranslation();
  const trending = useQuery({ queryKey: keys.trendingSearches, queryFn: loadTrending, retry: false });
  const genres = useQuery({ queryKey: keys.genres, queryFn: loadGenres, retry: false });
  // One after the other they would push away what somebody is about to press.
  if (trending.isPending || genres.isPending)
    return (
      <div role="status">
        <span className="sr-only">{t("common.loading")}</span>
        <RailSkeleton className="mt-10" />
      </div>
    );
  return (
    <>
      {trending.data && trending.data.length > 0 ? (
        <Rail title={t("search.empty.trending")} testid="trending" className="mt-10">
          {trending.data.map(({ title_id, text, poster_url, availability }) => (
            <li key={title_id} className="w-34 shrink-0 snap-start sm:w-40 lg:w-46">
              <PosterCard
                titleId={title_id}
                name={text}
                poster={poster_url}
                listedOnly={availability === "listed"}
              />
            </li>
          ))}
        </Rail>
      ) : (
        <Newest title={t("search.empty.newest")} className="mt-10" />
      )}
      {genres.data && genres.data.length > 0 && (
        <section className="mt-9" aria-labelledby="look-around">
          <h2 id="look-around" className="gutter mb-3 font-semibold text-lg">
            {t("search.empty.genres")}
          </h2>
          <ChipRow label={t("search.empty.genres")}>
            {inOrder(genres.data).map(({ id, name }) => (
              <Link key={id} to="/genre/$slug" params={{ slug: id }} className={CHIP}>
                {genreName(name)}
              </Link>
            ))}
          </ChipRow>
        </section>
      )}
    </>
  );
}
