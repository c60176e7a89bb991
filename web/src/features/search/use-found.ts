// The titles that a question finds, page after page.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { keys } from "@/shared/api/queries";
import { LAST_PAGE, search } from "@/shared/api/search";
import { filtersOf, type Question } from "./question";

/** Coming back from a title, the answer stands as it was left. Milliseconds. */
const KEPT = 300_000;

export function useFound(question: Question, enabled: boolean) {
  const filters = filtersOf(question);
  return useInfiniteQuery({
    queryKey: keys.search(filters),
    queryFn: ({ pageParam, signal }) => search(filters, pageParam, signal),
    initialPageParam: 1,
    getNextPageParam: ({ page, pages }) => (page < Math.min(pages, LAST_PAGE) ? page + 1 : undefined),
    enabled,
    staleTime: KEPT,
    // While another filter is looked at, the last answer stays, in the dark.
    placeholderData: keepPreviousData,
  });
}

export type FoundList = ReturnType<typeof useFound>;
