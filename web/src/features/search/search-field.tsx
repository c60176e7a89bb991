// The search field in the header: a combobox over suggestions. Where there is little room it opens over the whole screen.

import { useNavigate, useRouterState } from "@tanstack/react-router";
import { ArrowLeft, Mic, Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { tellOpened } from "@/shared/api/search";
import { cn } from "@/shared/lib/cn";
import { CLOSED, kept, OPEN, type Place, pressed } from "./keys";
import { type Offer, useOffers } from "./offers";
import { Panel } from "./panel";
import type { Question } from "./question";
import { useSlash } from "./use-slash";
import { useVoice } from "./use-voice";

const ICON =
  "grid size-10 shrink-0 place-items-center rounded-full text-dust transition-colors hover:text-ivory pointer-coarse:size-11";

export function SearchField() {
  const { t } = useTranslation();
  const list = useId();
  const root = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const here = useAsked();
  const [text, setText] = useState(here ?? "");
  const [wish, setPlace] = useState<Place>(CLOSED);
  const [full, setFull] = useState(false);
  const { offers, forget } = useOffers(text, wish.open);
  const place = kept(wish, offers.length);
  const go = useGo();

  const close = () => {
    setPlace(CLOSED);
    setFull(false);
  };
  const open = () => {
    // Shown before it is focused, or else a phone leaves its keyboard away.
    flushSync(() => setFull(true));
    input.current?.focus();
    input.current?.select();
  };
  const search = (question: Question) => {
    setText(question.q ?? "");
    close();
    // On a phone its keyboard would lie over what was found.
    if (matchMedia("(pointer: coarse)").matches) input.current?.blur();
    go(question);
  };
  const choose = (offer: Offer) => {
    if (offer.kind === "title") {
      tellOpened(offer.queryId, offer.title.title_id, offer.position, text.trim());
      close();
      input.current?.blur();
      go(offer.title.title_id);
    } else if (offer.kind === "describe") search({ q: offer.words, by: "description" });
    else search({ q: offer.kind === "all" ? offer.words : offer.search.text });
  };
  const leave = useSlash(open, input);
  const voice = useVoice((words, over) => {
    setText(words);
    if (over && words) search({ q: words });
  });

  useEffect(() => setText(here ?? ""), [here]);
  useEffect(() => {
    const outside = ({ target }: PointerEvent) => {
      if (!root.current?.contains(target as Node)) setPlace(CLOSED);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);

  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const offer = place.at === null ? undefined : offers[place.at];
    if (event.key === "Enter") {
      event.preventDefault();
      if (offer) choose(offer);
      else if (text.trim()) search({ q: text.trim() });
    } else if (event.key === "Delete" && offer?.kind === "recent") {
      event.preventDefault();
      forget(offer.search.id);
    } else {
      const next = pressed(event.key, place, offers.length);
      if (!next) return;
      event.preventDefault();
      setPlace(next);
      if (event.key === "Escape") {
        setFull(false);
        leave();
      }
    }
  };

  return (
    <>
      <button
        type="button"
        onClick={open}
        aria-label={t("search.field")}
        data-testid="search-open"
        className={cn(ICON, "-me-3 size-11 text-ivory md:hidden")}
      >
        <Search className="size-5.5" aria-hidden="true" />
      </button>
      <div
        ref={root}
        role="search"
        onKeyDown={({ key, target }) => {
          // From one of the buttons.
          if (key !== "Escape" || target === input.current) return;
          close();
          leave();
        }}
        onBlur={({ relatedTarget }) => relatedTarget && !root.current?.contains(relatedTarget) && close()}
        className={cn(
          "md:relative md:block md:w-60 md:min-w-0 lg:w-80",
          full
            ? "max-md:absolute max-md:inset-x-0 max-md:top-0 max-md:flex max-md:h-dvh max-md:flex-col max-md:bg-curtain"
            : "max-md:hidden",
        )}
      >
        <div className="flex items-center gap-1 max-md:h-(--header) max-md:shrink-0 max-md:px-3">
          <button
            type="button"
            onClick={close}
            aria-label={t("common.close")}
            className={cn(ICON, "md:hidden")}
          >
            <ArrowLeft className="size-5.5 rtl:-scale-x-100" aria-hidden="true" />
          </button>
          <div className="group/field flex h-10 min-w-0 flex-1 items-center rounded-full bg-ivory/10 ring-1 ring-transparent transition-colors duration-150 focus-within:bg-velvet focus-within:ring-ivory hover:bg-ivory/14 focus-within:hover:bg-velvet pointer-coarse:h-11">
            <Search className="ms-3.5 size-4.5 shrink-0 text-dust" aria-hidden="true" />
            <input
              ref={input}
              type="text"
              role="combobox"
              enterKeyHint="search"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              maxLength={300}
              value={text}
              placeholder={voice.listening ? t("search.speaking") : t("search.field")}
              aria-label={t("search.field")}
              aria-autocomplete="list"
              aria-expanded={place.open && offers.length > 0}
              aria-controls={list}
              aria-activedescendant={place.at === null ? undefined : `${list}-${place.at}`}
              aria-keyshortcuts="/"
              data-above={here !== null && text === here ? "" : undefined}
              data-testid="search-field"
              onChange={({ target }) => {
                setText(target.value);
                setPlace(OPEN);
              }}
              onFocus={() => (here === null || text !== here) && setPlace(OPEN)}
              onClick={() => setPlace(OPEN)}
              onKeyDown={press}
              className="h-full min-w-0 flex-1 bg-transparent px-2.5 text-base text-ivory outline-none placeholder:text-dust md:text-sm"
            />
            {text !== "" && (
              <button
                type="button"
                aria-label={t("search.clear")}
                onClick={() => {
                  setText("");
                  setPlace(OPEN);
                  input.current?.focus();
                }}
                className={ICON}
              >
                <X className="size-4.5" aria-hidden="true" />
              </button>
            )}
            {text === "" && (
              <span
                aria-hidden="true"
                className="me-3 hidden rounded-[4px] px-1.5 font-sans text-dust text-xs leading-5 ring-1 ring-ivory/25 group-focus-within/field:hidden md:pointer-fine:block"
              >
                /
              </span>
            )}
            {voice.offered && (
              <button
                type="button"
                aria-label={voice.listening ? t("search.stopSpeaking") : t("search.speak")}
                aria-pressed={voice.listening}
                data-testid="search-voice"
                onClick={voice.listening ? voice.stop : voice.start}
                className={cn(ICON, voice.listening && "animate-pulse text-ruby-text")}
              >
                <Mic className="size-4.5" aria-hidden="true" />
              </button>
            )}
          </div>
        </div>
        {place.open && (
          <Panel
            id={list}
            offers={offers}
            at={place.at}
            onChoose={choose}
            onForget={forget}
            fault={voice.fault}
          />
        )}
      </div>
    </>
  );
}

/** The words that the page on screen was asked with; null on pages that are no answer. */
function useAsked(): string | null {
  return useRouterState({
    select: ({ resolvedLocation, location }) => {
      const { pathname, search } = resolvedLocation ?? location;
      return pathname === "/search" ? ((search as Question).q ?? "") : null;
    },
  });
}

/** To the answer to a question, or to the page of a title. */
function useGo(): (to: Question | string) => void {
  const navigate = useNavigate();
  return (to) =>
    void (typeof to === "string"
      ? navigate({ to: "/title/$titleId", params: { titleId: to } })
      : navigate({ to: "/search", search: to }));
}
