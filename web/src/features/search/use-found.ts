// The titles that a question finds, page after page.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { keys } from "@/shared/api/queries";
import { LAST_PAGE, type Page, search } from "@/shared/api/search";
import { filtersOf, type Question } from "./question";

/** Coming back from a title, the answer stands as it was left. Milliseconds. */
const KEPT = 300_000;
const FIRST: Page = { page: 1 };

export function useFound(question: Question, enabled: boolean) {
  const filters = filtersOf(question);
  return useInfiniteQuery({
    queryKey: keys.search(filters),
    queryFn: ({ pageParam, signal }) => search(filters, pageParam, signal),
    initialPageParam: FIRST,
    getNextPageParam: ({ page, pages, query_id }): Page | undefined =>
      page < Math.min(pages, LAST_PAGE) ? { page: page + 1, query_id } : undefined,
    enabled,
    staleTime: KEPT,
    // While another filter is looked at, the last answer stays, in the dark.
    placeholderData: keepPreviousData,
  });
}

export type FoundList = ReturnType<typeof useFound>;
