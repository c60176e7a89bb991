// What fits a description: how the sentence was understood, chip by chip, and the titles.

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import { discover, discoverBy, tellOpened } from "@/shared/api/search";
import type { Chip, NearMiss } from "@/shared/api/shapes";
import { languageName, regionName, runningTime } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { genreName, moodName } from "@/shared/titles/names";
import { CHIP, ChipRow } from "@/shared/ui/filter-chip";
import { LoadFailed } from "@/shared/ui/notice";
import { Wall, WallSkeleton } from "@/shared/ui/wall";
import { Heading } from "./heading";
import { NothingFound } from "./nothing";
import type { Question } from "./question";
import { isOr, left, nameOf, span, withoutAlso } from "./reading";
import { ResultCard } from "./result-card";

/** Coming back from a title, the answer stands as it was left. Milliseconds. */
const KEPT = 300_000;

interface Props {
  question: Question;
  /** What to show where nothing fits the description as it was written. */
  otherwise?: ReactNode;
}

export function Described({ question, otherwise }: Props) {
  const { t } = useTranslation();
  const { chips, items, near, queryId, wordsAlone, error, refetch } = useDiscovery(question);
  if (otherwise && !question.without && (error || items?.length === 0)) return otherwise;
  if (error) return <LoadFailed error={error} onRetry={refetch} />;
  return (
    <>
      <Heading question={question} meant="description" />
      {chips && chips.length > 0 && <Reading question={question} chips={chips} />}
      {chips?.length === 0 ? (
        <NothingFound>
          <p>{t("search.readingNothing")}</p>
        </NothingFound>
      ) : items?.length === 0 ? (
        <>
          <NothingFound>
            <p>{near.length > 0 ? t("search.near") : t("search.empty.description")}</p>
          </NothingFound>
          {near.map((miss) => (
            <Near key={nameOf(miss.without)} miss={miss} queryId={queryId} />
          ))}
        </>
      ) : (
        <div className="gutter mt-6">
          {wordsAlone && <p className="mb-4 text-dust text-sm">{t("search.wordsAlone")}</p>}
          <Wall testid="results">
            {items?.map((item, at) => (
              <li key={item.title_id}>
                <ResultCard
                  item={item}
                  onOpen={() => queryId && tellOpened(queryId, item.title_id, at + 1)}
                />
              </li>
            )) ?? <WallSkeleton count={12} />}
          </Wall>
        </div>
      )}
    </>
  );
}

/** The sentence is read once; without some of its chips it is asked anew with the others. */
function useDiscovery({ q = "", without }: Question) {
  const whole = useQuery({
    queryKey: keys.discovery(q, ""),
    queryFn: ({ signal }) => discover(q, signal),
    staleTime: KEPT,
  });
  const chips = whole.data && left(whole.data.chips, without);
  const fewer = chips !== undefined && chips.length < (whole.data?.chips.length ?? 0) && chips.length > 0;
  const part = useQuery({
    queryKey: keys.discovery(q, without ?? ""),
    queryFn: ({ signal }) => discoverBy(chips ?? [], signal),
    enabled: fewer,
    staleTime: KEPT,
  });
  const shown = fewer ? part : whole;
  return {
    chips,
    items: shown.data?.items,
    near: shown.data?.near_misses ?? [],
    queryId: shown.data?.query_id,
    wordsAlone: shown.data?.meaning === false && shown.data.chips.some(({ kind }) => kind === "text"),
    error: shown.data ? null : (whole.error ?? shown.error),
    refetch: () => void shown.refetch(),
  };
}

/** What there is with one chip less: the chip that is in the way is named. */
function Near({ miss, queryId }: { miss: NearMiss; queryId?: string }) {
  const { t } = useTranslation();
  const what = useName(miss.without);
  const said = miss.without.negated ? t("search.not", { what }) : what;
  return (
    <section className="gutter mt-6" data-testid="near-miss">
      <h2 className="mb-4 font-medium text-lg">{t("search.nearWithout", { what: said })}</h2>
      <Wall>
        {miss.items.map((item, at) => (
          <li key={item.title_id}>
            <ResultCard item={item} onOpen={() => queryId && tellOpened(queryId, item.title_id, at + 1)} />
          </li>
        ))}
      </Wall>
    </section>
  );
}

function Reading({ question, chips }: { question: Question; chips: Chip[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = (chip: Chip) =>
    void navigate({
      to: "/search",
      search: { ...question, by: "description", without: withoutAlso(question.without, chip) },
    });
  return (
    <ChipRow label={t("search.reading")} className="mt-5 items-center">
      <span aria-hidden="true" className="shrink-0 text-dust text-sm">
        {t("search.reading")}
      </span>
      {chips.map((chip, at) => (
        <Fragment key={nameOf(chip)}>
          {isOr(chips, at) && <span className="shrink-0 text-dust text-sm">{t("search.or")}</span>}
          <Understood chip={chip} onRemove={() => remove(chip)} />
        </Fragment>
      ))}
    </ChipRow>
  );
}

function Understood({ chip, onRemove }: { chip: Chip; onRemove: () => void }) {
  const { t } = useTranslation();
  const what = useName(chip);
  const said = chip.negated ? t("search.not", { what }) : what;
  return (
    <button
      type="button"
      data-testid="chip"
      data-chip={nameOf(chip)}
      aria-label={t("common.takeOff", { name: said })}
      onClick={onRemove}
      className={cn(CHIP, "gap-2 pe-3")}
    >
      {said}
      <X className="size-4 text-dust" aria-hidden="true" />
    </button>
  );
}

const minutes = (count: number | null): string => runningTime((count ?? 0) * 60);

/** What a chip is called in the viewer's language; the search itself names it in English. */
function useName({ kind, value, label }: Chip): string {
  const { t } = useTranslation();
  switch (kind) {
    case "genre":
      return genreName(label || value);
    case "decade":
      return t("search.decadeOf", { year: value });
    case "language":
      return languageName(value);
    case "type":
      return value === "movie" ? t("search.kinds.movie") : t("search.kinds.series");
    case "country":
      return regionName(value);
    case "runtime": {
      const [low, high] = span(value, { alone: "high" });
      if (low === null) return t("search.under", { time: minutes(high) });
      if (high === null) return t("search.atLeast", { time: minutes(low) });
      return t("search.between", { low: minutes(low), high: minutes(high) });
    }
    case "year": {
      const [low, high] = span(value, { alone: "both" });
      if (low === high) return value;
      if (low === null) return t("search.upTo", { year: high ?? "" });
      if (high === null) return t("search.from", { year: low });
      return t("search.between", { low, high });
    }
    case "maturity":
      return t("search.forAge", { age: value });
    case "mood":
      return moodName(value);
    default:
      return label || value;
  }
}
