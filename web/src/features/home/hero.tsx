// The picture at the top of the home page and the way into it.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Info, Play } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { title as loadTitle } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { HeroTitle } from "@/shared/api/shapes";
import { useFlag } from "@/shared/experiments/experiments";
import { Facts } from "@/shared/titles/facts";
import { ListButton } from "@/shared/titles/list-button";
import { RemindButton } from "@/shared/titles/remind-button";
import { startOf } from "@/shared/titles/start";
import { trailerOf } from "@/shared/titles/trailer";
import { TrailerButton } from "@/shared/titles/trailer-button";
import { useFirstEpisode } from "@/shared/titles/use-first-episode";
import { Button } from "@/shared/ui/button";
import { Picture } from "@/shared/ui/picture";
import { Shades } from "@/shared/ui/shades";
import { MovingPicture, SoundButton, useMoving } from "./moving";
import { useMoves } from "./use-stage";

export function Hero({ title: first }: { title: HeroTitle }) {
  const { t } = useTranslation();
  const id = first.title_id;
  // The row's card says enough to draw at once; the page of the title brings the rest.
  const { data } = useQuery({ queryKey: keys.title(id), queryFn: () => loadTitle(id) });
  const firstEpisode = useFirstEpisode(data);
  const start = data && startOf(data, firstEpisode);
  const playable = start?.playableId ?? first.playable_id;
  const listed = (data ?? first).availability === "listed";
  const trailer = trailerOf(data?.trailers ?? (first.trailer ? [first.trailer] : []));
  const place = useRef<HTMLElement>(null);
  const moves = useMoves();
  const allowed = useFlag("home.moving", true);
  const moving = useMoving(moves && allowed && trailer ? trailer.playable_id : null, place);
  // Said by both, so that the button is there from the first and moves nothing aside.
  const inList = data?.in_my_list ?? first.in_my_list;
  const backdrop = data?.artwork.backdrop ?? first.backdrop_url;
  return (
    <section
      ref={place}
      className="relative isolate flex min-h-[76svh] flex-col justify-end pt-[calc(var(--header)+0.5rem)] pb-10 sm:min-h-[min(80svh,88vw)] sm:pb-[9vh]"
      aria-label={first.name}
      data-testid="hero"
    >
      <div className="-z-10 absolute inset-0 overflow-hidden">
        <Picture
          key={backdrop}
          src={backdrop}
          srcSet={data?.artwork.backdrop_srcset ?? first.backdrop_srcset}
          sizes="(min-width: 40rem) 100vw, 110svh"
          blurhash={data?.artwork.backdrop_blurhash ?? first.backdrop_blurhash}
          name={first.name}
          seed={first.title_id}
          decorative
          eager
          className="h-[62%] animate-fade-slow bg-velvet sm:h-full [&>img]:object-[70%_25%]"
        />
        <MovingPicture moving={moving} />
        <Shades />
      </div>
      <div className="gutter flex max-w-6xl animate-rise flex-col gap-4">
        <h1 className="font-display text-[clamp(2.5rem,5.2vw,4.5rem)] leading-[1.05] drop-shadow-[0_2px_18px_rgb(0_0_0/0.6)]">
          {first.name}
        </h1>
        <Facts
          year={data?.year ?? first.year}
          maturity={data?.maturity ?? first.maturity}
          runtime={data?.runtime ?? first.runtime}
          seasons={data?.seasons}
          genres={data?.genres ?? first.genres}
          rating={data?.rating}
        />
        <p className="line-clamp-3 max-w-xl text-ivory/90">
          <bdi>{data?.description ?? first.description ?? ""}</bdi>
        </p>
        <div className="mt-2 grid grid-cols-2 gap-3 sm:flex sm:flex-wrap">
          {listed && <RemindButton titleId={id} />}
          {!listed && playable && (
            <Button asChild kind="light" size="lg" className="col-span-2">
              <Link
                to="/watch/$playableId"
                params={{ playableId: playable }}
                search={start?.begun ? { from: "resume" } : {}}
                data-first
                data-testid="hero-play"
              >
                <Play className="size-5 fill-current" aria-hidden="true" />
                {start?.begun ? t("common.resume") : t("common.play")}
              </Link>
            </Button>
          )}
          {!listed && !playable && first.type === "series" && (
            <Button asChild kind="light" size="lg" className="col-span-2">
              <Link to="/title/$titleId" params={{ titleId: id }} data-first data-testid="hero-play">
                <Play className="size-5 fill-current" aria-hidden="true" />
                {t("common.episodes")}
              </Link>
            </Button>
          )}
          {inList != null && <ListButton titleId={id} inList={inList} />}
          {trailer && !moves && <TrailerButton trailer={trailer} testid="hero-trailer" />}
          <Button asChild kind="glass" size="lg" className={trailer && !moves ? "col-span-2" : undefined}>
            <Link to="/title/$titleId" params={{ titleId: id }} data-testid="hero-more">
              <Info className="size-5" aria-hidden="true" /> {t("common.more")}
            </Link>
          </Button>
        </div>
      </div>
      <SoundButton moving={moving} />
    </section>
  );
}

export function HeroSkeleton() {
  return (
    <div className="flex min-h-[76svh] flex-col justify-end gap-4 pb-10 sm:min-h-[min(80svh,88vw)] sm:pb-[9vh]">
      <div className="gutter flex flex-col gap-4">
        <div className="skeleton h-16 w-[min(28rem,80%)] rounded-card" />
        <div className="skeleton h-5 w-56 rounded-card" />
        <div className="skeleton h-20 w-[min(36rem,100%)] rounded-card" />
        <div className="skeleton h-13 w-72 rounded-card" />
      </div>
    </div>
  );
}
