// What hangs below the search field: a list to choose from, and beside it the buttons that forget.

import { ArrowUpLeft, History, Search, Sparkles, TrendingUp, X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Picture } from "@/shared/ui/picture";
import { Marked } from "./marked";
import type { Offer } from "./offers";

interface Props {
  id: string;
  offers: readonly Offer[];
  at: number | null;
  onChoose: (offer: Offer) => void;
  /** null: all of them. */
  onForget: (id: string | null) => void;
  fault: "denied" | "failed" | null;
}

export function Panel({ id, offers, at, onChoose, onForget, fault }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    if (at !== null) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [id, at]);
  const recent = offers.flatMap((offer) => (offer.kind === "recent" ? [offer.search] : []));
  const option = (offer: Offer, place: number) => (
    <Option
      key={keyOf(offer)}
      id={`${id}-${place}`}
      offer={offer}
      active={place === at}
      onChoose={() => onChoose(offer)}
    />
  );
  const rest = offers.slice(recent.length);
  return (
    <div
      role="group"
      aria-label={t("search.field")}
      data-testid="search-panel"
      // A press in here leaves the focus in the field.
      onMouseDown={(event) => event.preventDefault()}
      className="animate-fade overflow-y-auto overscroll-contain p-2 max-md:flex-1 max-md:pb-28 md:absolute md:end-0 md:top-full md:mt-2 md:max-h-[min(34rem,75dvh)] md:w-[min(27rem,calc(100vw-2*var(--gutter)))] md:rounded-panel md:bg-plush md:shadow-lift md:ring-1 md:ring-seam"
    >
      {fault && (
        <p role="alert" className="px-3 py-2 text-ruby-text text-sm">
          {fault === "denied" ? t("search.voiceDenied") : t("search.voiceFailed")}
        </p>
      )}
      {offers.length === 0 && <p className="px-3 py-2.5 text-dust text-sm">{t("search.tips")}</p>}
      <div className="relative">
        <div id={id} role="listbox" aria-label={t("search.field")}>
          {recent.length > 0 && (
            <Group id={`${id}-recent`} label={t("search.recent")}>
              {offers.slice(0, recent.length).map(option)}
            </Group>
          )}
          {rest[0]?.kind === "trending" ? (
            <Group id={`${id}-trending`} label={t("search.trending")}>
              {rest.map((offer, place) => option(offer, place + recent.length))}
            </Group>
          ) : (
            rest.map((offer, place) => option(offer, place + recent.length))
          )}
        </div>
        {recent.length > 0 && (
          // Beside the list and not in it: an option holds no buttons.
          <div className="absolute end-0 top-0 flex flex-col items-end">
            <button
              type="button"
              data-testid="forget-all"
              onClick={() => onForget(null)}
              className="h-9 rounded-card px-3 pointer-coarse:h-11 text-dust text-xs transition-colors hover:text-ivory"
            >
              {t("search.forgetAll")}
            </button>
            {recent.map(({ id: one, text }) => (
              <button
                key={one}
                type="button"
                data-testid="forget"
                aria-label={t("search.forget", { words: text })}
                onClick={() => onForget(one)}
                className="grid size-11 place-items-center rounded-card text-dust transition-colors hover:text-ivory"
              >
                <X className="size-4" aria-hidden="true" />
              </button>
            ))}
          </div>
        )}
      </div>
      <p role="status" className="sr-only">
        {t("search.offers", { count: offers.length })}
      </p>
    </div>
  );
}

function keyOf(offer: Offer): string {
  switch (offer.kind) {
    case "title":
      return offer.title.title_id;
    case "recent":
      return offer.search.id;
    case "trending":
      return `trending ${offer.search.title_id}`;
    default:
      return offer.kind;
  }
}

function Group({ id, label, children }: { id: string; label: string; children: ReactNode }) {
  return (
    <div role="group" aria-labelledby={id}>
      <div
        id={id}
        role="presentation"
        className="flex h-9 pointer-coarse:h-11 items-center px-3 font-medium text-dust text-xs"
      >
        {label}
      </div>
      {children}
    </div>
  );
}

interface OptionProps {
  id: string;
  offer: Offer;
  active: boolean;
  onChoose: () => void;
}

function Option({ id, offer, active, onChoose }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's
    <div
      id={id}
      role="option"
      aria-selected={active}
      data-testid="offer"
      data-kind={offer.kind}
      onClick={onChoose}
      className={cn(
        "flex min-h-11 cursor-pointer items-center gap-3 rounded-card px-3 text-sm transition-colors duration-100 hover:bg-seam/60",
        offer.kind === "recent" && "pe-12",
        active && "bg-seam ring-1 ring-ivory/40 ring-inset",
      )}
    >
      <Said offer={offer} />
    </div>
  );
}

const ICON = "size-4.5 shrink-0 text-dust";

function Said({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  switch (offer.kind) {
    case "title": {
      const { name, poster_url, year, type, spans, availability } = offer.title;
      const facts = [
        year,
        type === "series" ? t("search.isSeries") : null,
        availability === "listed" ? t("common.notYet") : null,
      ].filter(Boolean);
      return (
        <>
          <Picture
            src={poster_url}
            name=""
            seed={offer.title.title_id}
            decorative
            className="my-1.5 h-15 w-10 shrink-0 rounded-[4px] bg-seam"
          />
          <span className="flex min-w-0 flex-col">
            <span className="truncate text-base text-ivory/80">
              <Marked text={name} spans={spans} />
            </span>
            <span className="truncate text-dust text-xs">{facts.join(" · ")}</span>
          </span>
        </>
      );
    }
    case "all":
      return (
        <>
          <Search className={ICON} aria-hidden="true" />
          <span className="min-w-0 truncate">{t("search.allFor", { words: offer.words })}</span>
        </>
      );
    case "describe":
      return (
        <>
          <Sparkles className={cn(ICON, "text-brass")} aria-hidden="true" />
          <span className="min-w-0 truncate">{t("search.describe", { words: offer.words })}</span>
        </>
      );
    case "recent":
      return (
        <>
          <History className={ICON} aria-hidden="true" />
          <bdi className="min-w-0 truncate">{offer.search.text}</bdi>
        </>
      );
    case "trending":
      return (
        <>
          <TrendingUp className={ICON} aria-hidden="true" />
          <bdi className="min-w-0 flex-1 truncate">{offer.search.text}</bdi>
          <ArrowUpLeft className="size-4 shrink-0 text-seam" aria-hidden="true" />
        </>
      );
  }
}
