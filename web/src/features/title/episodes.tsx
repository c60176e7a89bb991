// The episodes of a series, one season at a time.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { episodes as loadEpisodes, seasons as loadSeasons } from "@/shared/api/catalog";
import { sentence } from "@/shared/api/problems";
import { keys } from "@/shared/api/queries";
import type { Episode, Season } from "@/shared/api/shapes";
import { runningTime } from "@/shared/i18n/format";
import { share } from "@/shared/lib/share";
import { seasonName } from "@/shared/titles/names";
import { Button } from "@/shared/ui/button";
import { Menu, MenuChoices } from "@/shared/ui/menu";
import { Picture } from "@/shared/ui/picture";
import { Progress } from "@/shared/ui/progress";

export function Episodes({ titleId, startAt }: { titleId: string; startAt: number | null }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<number | null>(null);
  const seasons = useQuery({ queryKey: keys.seasons(titleId), queryFn: () => loadSeasons(titleId) });
  const number = chosen ?? startAt ?? seasons.data?.[0]?.number ?? null;
  const episodes = useQuery({
    queryKey: keys.episodes(titleId, number),
    queryFn: () => loadEpisodes(titleId, number ?? 0),
    enabled: number !== null,
    staleTime: 0,
  });
  const error = seasons.error ?? episodes.error;
  // A series that is only announced has none yet: nothing is coming.
  if (seasons.data?.length === 0) return null;
  return (
    <section
      className="gutter mt-12"
      aria-label={t("common.episodes")}
      data-testid="episodes"
      data-season={number ?? ""}
    >
      <div className="mb-5 flex items-center justify-between gap-4">
        <h2 className="font-semibold text-lg">{t("common.episodes")}</h2>
        {seasons.data && number !== null && (
          <SeasonPicker seasons={seasons.data} number={number} onChoose={setChosen} />
        )}
      </div>
      {error && (
        <p role="alert" className="text-dust">
          {sentence(error)}{" "}
          <button
            type="button"
            className="font-semibold text-ivory underline underline-offset-4"
            onClick={() => void Promise.all([seasons.refetch(), episodes.refetch()])}
          >
            {t("common.tryAgain")}
          </button>
        </p>
      )}
      <ol className="flex max-w-6xl flex-col gap-2">
        {episodes.data
          ? episodes.data.map((episode) => <EpisodeLine key={episode.id} episode={episode} />)
          : !error && [0, 1, 2].map((n) => <li key={n} className="skeleton h-28 rounded-card" />)}
      </ol>
    </section>
  );
}

interface PickerProps {
  seasons: Season[];
  number: number;
  onChoose: (number: number) => void;
}

function SeasonPicker({ seasons, number, onChoose }: PickerProps) {
  const { t } = useTranslation();
  const now = seasons.find((season) => season.number === number);
  if (seasons.length < 2) return <p className="text-dust">{now && seasonName(now)}</p>;
  return (
    <Menu
      trigger={
        <Button kind="raised" data-testid="season-picker">
          {seasonName(now ?? { number, name: "" })}
          <ChevronDown className="size-4" aria-hidden="true" />
        </Button>
      }
    >
      <MenuChoices
        label={t("title.season")}
        value={String(number)}
        onChoose={(id) => onChoose(Number(id))}
        choices={seasons.map((season) => ({
          id: String(season.number),
          label: seasonName(season),
          note: t("title.episodes", { count: season.episodes }),
        }))}
      />
    </Menu>
  );
}

function EpisodeLine({ episode }: { episode: Episode }) {
  const { t } = useTranslation();
  const { resume } = episode;
  const begun = resume != null && resume.position > 0 && !resume.completed;
  const line = (
    <>
      <span className="relative w-32 shrink-0 overflow-hidden rounded-card sm:w-52">
        <Picture
          src={episode.still_url}
          srcSet={episode.still_srcset}
          sizes="13rem"
          name={t("title.episode", { number: episode.number })}
          className="aspect-video"
        />
        <span className="absolute inset-0 grid place-items-center bg-curtain/30 opacity-0 transition-opacity duration-150 group-hover:opacity-100 group-focus-visible:opacity-100">
          <Play className="size-8 fill-ivory text-ivory" aria-hidden="true" />
        </span>
        {begun && (
          <Progress value={share(resume.position, resume.duration)} className="absolute inset-x-2 bottom-2" />
        )}
      </span>
      <span className="flex min-w-0 flex-1 flex-col justify-center gap-1">
        <span className="flex items-baseline justify-between gap-4">
          <span className="font-semibold">
            <span className="me-2 text-dust">{episode.number}</span>
            <bdi>{episode.name}</bdi>
          </span>
          {episode.runtime != null && episode.runtime > 0 && (
            <span className="shrink-0 text-dust text-sm">{runningTime(episode.runtime)}</span>
          )}
        </span>
        {episode.description && (
          <span className="line-clamp-2 text-dust text-sm sm:line-clamp-3">
            <bdi>{episode.description}</bdi>
          </span>
        )}
      </span>
    </>
  );
  const look = "group -mx-3 flex gap-4 rounded-panel p-3 transition-colors duration-150 sm:gap-6";
  return (
    <li>
      {episode.playable_id ? (
        <Link
          to="/watch/$playableId"
          params={{ playableId: episode.playable_id }}
          className={`${look} hover:bg-velvet`}
          data-testid="episode"
          data-episode={episode.number}
        >
          {line}
        </Link>
      ) : (
        <div className={`${look} opacity-60`}>{line}</div>
      )}
    </li>
  );
}
