// The line of facts about a title: year, age rating, running time, genres.
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { maturityLabel, number, runningTime } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { genreSlug } from "./genre-slug";
import { genreName } from "./names";

interface Props {
  year?: number | null;
  maturity?: number | null;
  /** Seconds. */
  runtime?: number | null;
  seasons?: number | null;
  genres?: readonly string[];
  /** Each genre leads to its titles. */
  linked?: boolean;
  rating?: { average: number | null; count: number } | null;
  className?: string;
}

const MOST = 3;

export function Facts({ year, maturity, runtime, seasons, genres = [], linked, rating, className }: Props) {
  const { t } = useTranslation();
  const length = seasons ? t("common.seasons", { count: seasons }) : runtime ? runningTime(runtime) : null;
  return (
    <p
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-1 font-medium text-ivory/85 text-sm",
        className,
      )}
    >
      {rating && rating.count > 0 && rating.average !== null && (
        <span className="text-brass" title={t("common.ratings", { count: rating.count })}>
          ★ {number(rating.average, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}
        </span>
      )}
      {year && <span>{year}</span>}
      {maturity != null && (
        <span className="rounded-[3px] px-1.5 text-xs leading-5 ring-1 ring-ivory/35">
          {maturityLabel(maturity)}
        </span>
      )}
      {length && <span>{length}</span>}
      {genres.length > 0 && (
        <span className="text-ivory/70">
          {linked ? <GenreLinks names={genres} /> : genres.slice(0, MOST).map(genreName).join(" · ")}
        </span>
      )}
    </p>
  );
}

function GenreLinks({ names }: { names: readonly string[] }) {
  return names.slice(0, MOST).map((name, place) => (
    <Fragment key={name}>
      {place > 0 && " · "}
      <Link
        to="/genre/$slug"
        params={{ slug: genreSlug(name) }}
        data-testid="genre-link"
        className="underline decoration-ivory/30 underline-offset-4 transition-colors hover:text-ivory hover:decoration-ivory pointer-coarse:inline-flex pointer-coarse:min-h-11 pointer-coarse:min-w-11 pointer-coarse:items-center"
      >
        {genreName(name)}
      </Link>
    </Fragment>
  ));
}
