// The page of one film or series.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { similar as loadSimilar, title as loadTitle, titleOfSlug } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { Title } from "@/shared/api/shapes";
import { useShownSimilar } from "@/shared/events/use-shown-similar";
import { isId } from "@/shared/lib/is-id";
import { Facts } from "@/shared/titles/facts";
import { Gone, isGone } from "@/shared/titles/gone";
import { ListButton } from "@/shared/titles/list-button";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { Thumbs } from "@/shared/titles/thumbs";
import { trailerOf } from "@/shared/titles/trailer";
import { TrailerButton } from "@/shared/titles/trailer-button";
import { useSeenArrival } from "@/shared/titles/use-reminder";
import { LoadFailed } from "@/shared/ui/notice";
import { Picture } from "@/shared/ui/picture";
import { Rail } from "@/shared/ui/rail";
import { Shades } from "@/shared/ui/shades";
import { useTabName } from "@/shared/ui/use-tab-name";
import { Credits } from "./credits";
import { Episodes } from "./episodes";
import { Extras } from "./extras";
import { PlayButtons } from "./play-buttons";
import { Reviews } from "./reviews/reviews";
import { Warnings } from "./warnings";
import { NotInterested, Why } from "./why";

export function TitleScreen() {
  const { titleId: address } = useParams({ from: "/viewers/shell/title/$titleId" });
  const { titleId, lost, lookAgain } = useTitleId(address);
  const {
    data,
    error: failed,
    refetch,
  } = useQuery({
    queryKey: keys.title(titleId ?? address),
    queryFn: () => loadTitle(titleId ?? address),
    enabled: titleId !== undefined,
    // Coming back from the player, the position must be the new one.
    staleTime: 0,
  });
  useTabName(data?.name);
  const error = failed ?? lost;
  if (isGone(error)) return <Gone what="title" />;
  if (error && !data)
    return <LoadFailed error={error} onRetry={() => void (lost ? lookAgain() : refetch())} />;
  if (!data) return <TitleSkeleton />;
  // Another title is another page: none of its rows begins where one of the last stood.
  return <TitlePage key={data.id} title={data} />;
}

/** An address has the title's id, or its slug as search engines know it. */
function useTitleId(address: string) {
  const slug = !isId(address);
  const { data, error, refetch } = useQuery({
    queryKey: keys.slug(address),
    queryFn: () => titleOfSlug(address),
    enabled: slug,
  });
  return { titleId: slug ? data : address, lost: error, lookAgain: refetch };
}

function TitlePage({ title }: { title: Title }) {
  const trailer = trailerOf(title.trailers);
  useSeenArrival(title.id);
  return (
    <article data-testid="title-page" data-title={title.name}>
      <div className="relative isolate">
        <div className="-z-10 absolute inset-x-0 top-0 h-[84svh] overflow-hidden sm:h-[min(78svh,84vw)]">
          <div data-title-art className="h-[62%] w-full [view-transition-name:title-art] sm:h-full">
            <Picture
              key={title.artwork.backdrop}
              src={title.artwork.backdrop}
              srcSet={title.artwork.backdrop_srcset}
              sizes="(min-width: 40rem) 100vw, 110svh"
              color={title.artwork.color}
              blurhash={title.artwork.backdrop_blurhash}
              name={title.name}
              seed={title.id}
              decorative
              eager
              className="size-full [&>img]:object-[70%_25%]"
            />
          </div>
          <Shades />
        </div>
        <div className="gutter flex flex-col justify-end gap-4 pt-[34svh] sm:min-h-[min(78svh,84vw)] sm:pt-(--header) sm:pb-8">
          <h1 className="max-w-4xl font-display text-[clamp(2.25rem,4.8vw,4.25rem)] leading-[1.05] drop-shadow-[0_2px_18px_rgb(0_0_0/0.6)]">
            {title.name}
          </h1>
          <Facts {...title} linked />
          <Why titleId={title.id} />
          {/* On a phone the way into the film comes before all that is said of it. */}
          <div className="mt-2 grid grid-cols-2 items-center gap-3 sm:order-last sm:flex sm:flex-wrap">
            <PlayButtons title={title} />
            {trailer && <TrailerButton trailer={trailer} testid="watch-trailer" />}
            <ListButton titleId={title.id} inList={title.in_my_list ?? false} />
            <Thumbs titleId={title.id} mine={title.my_rating} />
            <NotInterested titleId={title.id} name={title.name} />
          </div>
          {title.tagline && (
            <p className="max-w-2xl text-ivory italic" data-testid="tagline">
              <bdi>{title.tagline}</bdi>
            </p>
          )}
          <p className="max-w-2xl text-ivory/90 leading-relaxed">
            <bdi>{title.description}</bdi>
          </p>
        </div>
      </div>
      <Credits title={title} />
      <Warnings title={title} />
      <Extras trailers={title.trailers ?? []} />
      {title.type === "series" && (
        <Episodes titleId={title.id} startAt={title.resume?.season_number ?? null} />
      )}
      <Similar titleId={title.id} />
      <Reviews titleId={title.id} stars={title.my_rating ?? null} />
    </article>
  );
}

function Similar({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const { data } = useQuery({
    queryKey: keys.similar(titleId),
    queryFn: () => loadSimilar(titleId),
    retry: false,
  });
  useShownSimilar(list, titleId, data);
  if (!data || data.items.length === 0) return null;
  return (
    <Rail title={t("title.similar")} testid="similar" cards={list} className="mt-14">
      {data.items.map((card) => (
        <li key={card.title_id} className="w-34 shrink-0 snap-start sm:w-40 lg:w-46">
          <PosterCard {...posterOf(card)} />
        </li>
      ))}
    </Rail>
  );
}

function TitleSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="gutter flex min-h-[78svh] flex-col justify-end gap-4 pb-8">
      <span className="sr-only">{t("common.loading")}</span>
      <div className="skeleton h-16 w-[min(30rem,80%)] rounded-card" />
      <div className="skeleton h-5 w-60 rounded-card" />
      <div className="skeleton h-20 w-[min(40rem,100%)] rounded-card" />
      <div className="skeleton h-13 w-80 rounded-card" />
    </div>
  );
}
