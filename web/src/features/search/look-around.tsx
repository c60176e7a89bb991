// What to go on with where nobody has asked yet, or nothing was found: what others look for, and genres.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { genres as loadGenres } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { trending as loadTrending } from "@/shared/api/search";
import { genreName } from "@/shared/titles/names";
import { PosterCard } from "@/shared/titles/poster-card";
import { ChipRow } from "@/shared/ui/filter-chip";
import { Rail } from "@/shared/ui/rail";

export function LookAround() {
  const { t } = useTranslation();
  const trending = useQuery({ queryKey: keys.trendingSearches, queryFn: loadTrending, retry: false });
  const genres = useQuery({ queryKey: keys.genres, queryFn: loadGenres, retry: false });
  return (
    <>
      {trending.data && trending.data.length > 0 && (
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
      )}
      {genres.data && genres.data.length > 0 && (
        <section className="mt-9" aria-labelledby="look-around">
          <h2 id="look-around" className="gutter mb-3 font-semibold text-lg">
            {t("search.empty.genres")}
          </h2>
          <ChipRow label={t("search.empty.genres")}>
            {genres.data.map(({ id, name }) => (
              <Link
                key={id}
                to="/genre/$slug"
                params={{ slug: id }}
                className="flex h-11 shrink-0 scroll-my-24 items-center rounded-full bg-plush px-4 font-medium text-sm transition-colors hover:bg-seam sm:h-10"
              >
                {genreName(name)}
              </Link>
            ))}
          </ChipRow>
        </section>
      )}
    </>
  );
}
