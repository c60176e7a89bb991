// What was found by name: filters, people and genres that may be meant, and a wall of titles that goes on.

import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Trans, useTranslation } from "react-i18next";
import { tellOpened } from "@/shared/api/search";
import type { SearchResults } from "@/shared/api/shapes";
import { tell } from "@/shared/events/tell";
import { useShown } from "@/shared/events/use-shown";
import { cn } from "@/shared/lib/cn";
import { genreName } from "@/shared/titles/names";
import { Button } from "@/shared/ui/button";
import { More } from "@/shared/ui/more";
import { Portrait } from "@/shared/ui/portrait";
import { Wall } from "@/shared/ui/wall";
import { Filters } from "./filters";
import { Heading } from "./heading";
import { NothingFound } from "./nothing";
import { bare, isFiltered, type Question } from "./question";
import { ResultCard } from "./result-card";
import type { FoundList } from "./use-found";

interface Props {
  question: Question;
  found: FoundList;
  pages: SearchResults[];
}

export function Found({ question, found, pages }: Props) {
  const { t } = useTranslation();
  const [first] = pages;
  const queryId = found.isPlaceholderData ? undefined : first?.query_id;
  const results = first?.total ?? 0;
  useEffect(() => {
    if (queryId) tell({ type: "search", query_id: queryId, results });
  }, [queryId, results]);
  const cards = useRef<HTMLUListElement>(null);
  useShown(cards, { impressionId: queryId ?? null, row: "search", rowPosition: 0 });
  if (!first) return null;
  const { total, facets, people, genres, did_you_mean: meant, sure } = first;
  const old = found.isPlaceholderData;
  return (
    <>
      <Heading question={question} meant="name" inVain={total === 0 && !old && !isFiltered(question)}>
        <p role="status" data-testid="found" data-total={old ? "" : total} className="mt-1 text-dust text-sm">
          {!old && total > 0 && sure && t("search.found", { count: total })}
          {!old && total > 0 && !sure && t("search.nearest", { words: question.q ?? "" })}
        </p>
        {meant && meant !== question.q && <DidYouMean words={meant} />}
      </Heading>
      {(total > 0 || isFiltered(question)) && <Filters question={question} facets={facets} />}
      <Meant people={people} genres={genres} />
      {total === 0 && !old ? (
        <Nothing question={question} meant={meant} />
      ) : (
        <div
          className={cn("gutter mt-6 transition-opacity duration-150", old && "opacity-40")}
          aria-busy={old}
        >
          <Wall
            cards={cards}
            testid="results"
            className="lg:grid-cols-[repeat(auto-fill,minmax(11.5rem,1fr))]"
          >
            {pages.flatMap((page, pageAt) =>
              page.items.map((item, at) => {
                const before = pages.slice(0, pageAt).reduce((sum, { items }) => sum + items.length, 0);
                return (
                  <li key={item.title_id}>
                    <ResultCard
                      item={item}
                      onOpen={() => {
                        const position = before + at + 1;
                        tellOpened(page.query_id, item.title_id, position);
                        tell({
                          type: "search",
                          query_id: page.query_id,
                          results: page.total,
                          position,
                          title_id: item.title_id,
                        });
                      }}
                    />
                  </li>
                );
              }),
            )}
          </Wall>
          <More list={found} />
        </div>
      )}
    </>
  );
}

function DidYouMean({ words }: { words: string }) {
  return (
    <p className="mt-2" data-testid="did-you-mean">
      <Trans
        i18nKey="search.didYouMean"
        values={{ words }}
        components={{
          by: (
            <Link
              to="/search"
              search={{ q: words }}
              className="font-semibold underline decoration-seam underline-offset-4 hover:decoration-ivory pointer-coarse:inline-flex pointer-coarse:min-h-11 pointer-coarse:items-center"
            />
          ),
        }}
      />
    </p>
  );
}

/** Somebody, or a genre, that goes by these words. */
function Meant({ people, genres }: Pick<SearchResults, "people" | "genres">) {
  const { t } = useTranslation();
  const known = people.filter(({ id }) => id !== null);
  if (known.length === 0 && genres.length === 0) return null;
  const look =
    "flex h-14 shrink-0 scroll-my-24 items-center gap-3 rounded-full bg-velvet pe-5 ps-2 text-sm ring-1 ring-seam/60 transition-colors hover:bg-plush";
  return (
    <ul aria-label={t("search.people")} className="rail mt-5 gap-3 py-1">
      {known.map(({ id, name, titles }) => (
        <li key={id} className="shrink-0">
          <Link
            to="/person/$personId"
            params={{ personId: id ?? "" }}
            data-testid="found-person"
            className={look}
          >
            <Portrait name={name} src={null} className="size-10 text-base" />
            <Said name={name} titles={titles} />
          </Link>
        </li>
      ))}
      {genres.map(({ id, name, titles }) => (
        <li key={id} className="shrink-0">
          <Link
            to="/genre/$slug"
            params={{ slug: id }}
            data-testid="found-genre"
            className={cn(look, "ps-5")}
          >
            <Said name={genreName(name)} titles={titles} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Said({ name, titles }: { name: string; titles: number }) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-col leading-tight">
      <bdi className="font-semibold">{name}</bdi>
      <span className="text-dust text-xs">{t("common.titles", { count: titles })}</span>
    </span>
  );
}

function Nothing({ question, meant }: { question: Question; meant: string | null }) {
  const { t } = useTranslation();
  if (!isFiltered(question)) return <NothingFound>{!meant && <p>{t("search.empty.text")}</p>}</NothingFound>;
  return (
    <NothingFound>
      <p>{t("search.empty.filtered")}</p>
      <Button asChild kind="light" size="sm">
        <Link to="/search" search={bare(question)} replace data-testid="without-filters">
          {t("search.empty.withoutFilters")}
        </Link>
      </Button>
    </NothingFound>
  );
}
