// The filters of an answer as chips, each with how many titles it would leave, and the order.

import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { FacetValue, SearchResults } from "@/shared/api/shapes";
import { languageName, number } from "@/shared/i18n/format";
import { genreName } from "@/shared/titles/names";
import { ChipRow, FilterChip } from "@/shared/ui/filter-chip";
import { decade, decadeOf, type Question, questionOf, RATINGS, SORTS } from "./question";

interface Props {
  question: Question;
  facets: SearchResults["facets"];
}

export function Filters({ question, facets }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const set = (change: { [name in keyof Question]?: unknown }) =>
    void navigate({
      to: "/search",
      search: questionOf({ ...question, ...change }),
      replace: true,
      resetScroll: false,
    });
  const first = decadeOf(question);
  const chips = [
    {
      name: "type",
      label: t("search.type"),
      value: question.type,
      choices: counted(facets.types, question.type, (value) => t(`search.kinds.${value as "movie"}`)),
      onChoose: (type: string | undefined) => set({ type }),
    },
    {
      name: "genre",
      label: t("search.genre"),
      value: question.genre,
      choices: counted(facets.genres, question.genre, (_, name) => genreName(name)),
      onChoose: (genre: string | undefined) => set({ genre }),
    },
    {
      name: "decade",
      label: t("search.decade"),
      value: first?.toString(),
      choices: counted(facets.decades, first?.toString(), (year) => t("search.decadeOf", { year })),
      onChoose: (year: string | undefined) => set(decade(year === undefined ? undefined : Number(year))),
    },
    {
      name: "language",
      label: t("search.language"),
      value: question.language,
      choices: counted(facets.languages, question.language, languageName),
      onChoose: (language: string | undefined) => set({ language }),
    },
    {
      name: "rating",
      label: t("search.rating"),
      value: question.min_rating?.toString(),
      choices: RATINGS.map((stars) => ({
        id: String(stars),
        label: t("search.ratingFrom", { stars: number(stars) }),
      })),
      onChoose: (stars: string | undefined) => set({ min_rating: stars }),
    },
  ];
  return (
    <ChipRow label={t("search.filters")} className="mt-5">
      {chips
        // A filter with one choice is none, unless it is set.
        .filter(({ choices, value }) => choices.length > 1 || value !== undefined)
        .map(({ name, ...chip }) => (
          <FilterChip key={name} {...chip} none={t("search.any")} testid={`filter-${name}`} />
        ))}
      <FilterChip
        label={t("search.order")}
        value={question.sort ?? (question.q ? "relevance" : "popular")}
        choices={SORTS.filter((id) => question.q || id !== "relevance").map((id) => ({
          id,
          label: t(`search.sort.${id}`),
        }))}
        onChoose={(sort) => set({ sort })}
        testid="sort"
      />
    </ChipRow>
  );
}

/** The values of a facet as choices; the one that is set is among them, even where nothing has it. */
function counted(
  values: readonly FacetValue[],
  set: string | undefined,
  nameOf: (value: string, name: string) => string,
) {
  const choices = values.map(({ value, name, count }) => ({
    id: value,
    label: nameOf(value, name),
    note: number(count),
  }));
  const known = set === undefined || choices.some(({ id }) => id === set);
  return known
    ? choices
    : [{ id: set, label: nameOf(set, set.replaceAll("-", " ")), note: number(0) }, ...choices];
}
