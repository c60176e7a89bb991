// The place at the end of a film or episode: what was seen, what to do about it, and what to go on with.

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, LayoutGrid, Play, RotateCcw } from "lucide-react";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { similar as loadSimilar } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { NextEpisode, PlaySession } from "@/shared/api/shapes";
import { useShownSimilar } from "@/shared/events/use-shown-similar";
import { unit } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { ListButton } from "@/shared/titles/list-button";
import { nextIs } from "@/shared/titles/names";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { Thumbs } from "@/shared/titles/thumbs";
import { useTitle } from "@/shared/titles/use-title";
import { Button } from "@/shared/ui/button";
import { Picture } from "@/shared/ui/picture";
import { OFFERS, type Offer } from "./after";
import { autoplays, setAutoplays } from "./autoplay";
import { useCountdown } from "./use-countdown";
import { useSteering } from "./use-steering";

/** Seconds between the end of an episode and the start of the next. */
const COUNT_FROM = 6;

interface Props {
  session: PlaySession;
  /** null while they are on their way. */
  films: Offer[] | null;
  onNext: (() => void) | null;
  /** The viewer does not want the next episode to begin by itself. */
  declined: boolean;
  onDecline: () => void;
  onAgain: () => void;
  onMore: () => void;
  onBack: () => void;
}

export function Ending(props: Props) {
  const { t } = useTranslation();
  const { session, films, onNext, onAgain, onMore, onBack } = props;
  const root = useRef<HTMLDivElement>(null);
  useSteering(root, onBack);
  const { data: title } = useTitle(session.title?.id);
  const next = onNext ? (session.next_episode ?? null) : null;
  return (
    <div
      ref={root}
      role="dialog"
      aria-modal="true"
      aria-labelledby="ending-title"
      data-testid="ended"
      className="absolute inset-0 isolate z-10 animate-fade overflow-y-auto bg-curtain"
    >
      <Still src={title?.artwork.backdrop ?? session.title?.backdrop_url} />
      <div className="gutter flex min-h-full flex-col pt-4 pb-[max(1.5rem,env(safe-area-inset-bottom))] sm:pb-10 low:pb-4">
        <Button
          kind="quiet"
          size="icon"
          aria-label={t("player.back")}
          title={t("player.back")}
          onClick={onBack}
          data-way-out
          className="-ms-2.5 rounded-full bg-curtain/40 text-ivory low:absolute"
          data-testid="leave"
        >
          <ArrowLeft className="size-6 rtl:-scale-x-100" aria-hidden="true" />
        </Button>
        <div className="mt-auto grid items-end gap-x-12 gap-y-8 pt-6 low:pt-0 sm:landscape:grid-cols-[minmax(0,1fr)_auto]">
          <div className="flex min-w-0 flex-col gap-3 sm:gap-4 low:gap-1">
            <p className="font-medium text-dust">{next ? nextIs(next) : t("ending.seen")}</p>
            <h2
              id="ending-title"
              className="font-display text-[clamp(2rem,4.6vw,4rem)] leading-[1.08] drop-shadow-[0_2px_18px_rgb(0_0_0/0.6)]"
            >
              <bdi>{next?.name ?? session.title?.name}</bdi>
            </h2>
            <div className="mt-2 grid grid-cols-2 gap-3 sm:flex sm:flex-wrap">
              {next && onNext && <NextActions {...props} onNext={onNext} root={root} />}
              <Button
                kind={next ? "glass" : "light"}
                size="lg"
                onClick={onMore}
                data-first={next ? undefined : true}
                data-testid="more-films"
              >
                <LayoutGrid className="size-5" aria-hidden="true" /> {t("player.moreFilms")}
              </Button>
              <Button kind="glass" size="lg" onClick={onAgain} data-testid="again">
                <RotateCcw className="size-5" aria-hidden="true" /> {t("player.again")}
              </Button>
              {title && <ListButton titleId={title.id} inList={title.in_my_list ?? false} />}
              {title && <Thumbs titleId={title.id} mine={title.my_rating} />}
            </div>
          </div>
          {next ? <NextStill next={next} /> : <Films films={films} after={session.title?.id ?? ""} />}
        </div>
      </div>
    </div>
  );
}

/** The film's own picture, dark enough to read on. */
function Still({ src }: { src: string | null | undefined }) {
  return (
    <div className="-z-10 fixed inset-0" aria-hidden="true">
      <Picture src={src} name="" decorative eager className="size-full bg-curtain [&>img]:object-[70%_25%]" />
      <div className="absolute inset-0 bg-linear-to-t from-25% from-curtain via-60% via-curtain/60 to-curtain/15" />
    </div>
  );
}

interface NextProps extends Pick<Props, "declined" | "onDecline"> {
  onNext: () => void;
  root: RefObject<HTMLElement | null>;
}

function NextActions({ onNext, declined, onDecline, root }: NextProps) {
  const { t } = useTranslation();
  const [autoplay, setAutoplay] = useState(autoplays);
  const counting = autoplay && !declined;
  const stay = () => {
    // The button pressed is about to go.
    root.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    onDecline();
  };
  const turn = () => {
    setAutoplays(!autoplay);
    setAutoplay(!autoplay);
  };
  return (
    <>
      <Button
        kind="light"
        size="lg"
        onClick={onNext}
        data-first
        data-testid="play-next"
        className="max-sm:col-span-2"
      >
        <Play className="size-5 fill-current" aria-hidden="true" />
        {t("player.playNow")}
        {counting && <Countdown onOver={onNext} />}
      </Button>
      {counting && (
        <Button kind="glass" size="lg" onClick={stay} data-testid="stay" className="max-sm:col-span-2">
          {t("player.stopHere")}
        </Button>
      )}
      <Switch on={autoplay} onTurn={turn}>
        {t("ending.autoplay")}
      </Switch>
      {counting && (
        <p role="status" className="sr-only">
          {t("ending.byItself", { stop: t("player.stopHere") })}
        </p>
      )}
    </>
  );
}

function Countdown({ onOver }: { onOver: () => void }) {
  const { t } = useTranslation();
  const left = useCountdown(COUNT_FROM, onOver);
  return (
    // Said once, in words, beside it: a number that is read out every second is noise.
    <span aria-hidden="true" data-testid="countdown" data-left={left} className="font-normal opacity-75">
      {t("player.playsIn", { time: unit(left, "second") })}
    </span>
  );
}

function Switch({ on, onTurn, children }: { on: boolean; onTurn: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      onClick={onTurn}
      data-testid="autoplay"
      className="group order-last col-span-2 flex min-h-11 basis-full items-center gap-3 rounded-card text-start text-dust text-sm hover:text-ivory"
    >
      <span
        className={cn(
          "relative h-5 w-9 shrink-0 rounded-full transition-colors duration-150",
          on ? "bg-ruby-fill" : "bg-seam",
        )}
      >
        <span
          className={cn(
            "absolute top-0.5 size-4 rounded-full bg-ivory transition-[inset-inline-start] duration-150",
            on ? "start-4.5" : "start-0.5",
          )}
        />
      </span>
      {children}
    </button>
  );
}

function NextStill({ next }: { next: NextEpisode }) {
  if (!next.still_url) return null;
  return (
    <Picture
      src={next.still_url}
      name={next.name}
      decorative
      className="-order-1 aspect-video w-full rounded-panel shadow-lift sm:landscape:order-none sm:landscape:w-[min(34rem,40vw)]"
    />
  );
}

function Films({ films, after }: { films: Offer[] | null; after: string }) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const { data: similar } = useQuery({
    queryKey: keys.similar(after),
    queryFn: () => loadSimilar(after),
    enabled: false,
  });
  const alike = new Set(similar?.items.map(({ title_id }) => title_id));
  const offered = films && films.length > 0 ? films : null;
  // What stands in from the first page was not recommended here.
  const whole = offered?.every(({ title_id }) => alike.has(title_id)) ?? false;
  useShownSimilar(list, after, offered && (whole && similar ? similar : {}));
  if (films?.length === 0) return null;
  return (
    <section aria-labelledby="ending-films" data-testid="ending-films">
      <h3 id="ending-films" className="mb-3 font-semibold">
        {t("ending.films")}
      </h3>
      <ul ref={list} className="grid max-w-xl grid-cols-3 gap-3 sm:gap-4 sm:landscape:w-[min(36rem,44vw)]">
        {(films ?? Array.from<null>({ length: OFFERS }).fill(null)).map((film, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: each film comes where its place was kept
          <li key={index}>
            {film ? (
              <PosterCard {...posterOf(film)} eager plain replace />
            ) : (
              <div className="skeleton aspect-2/3 rounded-card" />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
