// What is suggested while somebody types: each text has its own answer, so that an older one never takes a newer one's place.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { keys } from "@/shared/api/queries";
import { suggest } from "@/shared/api/search";

/** What is typed faster than this is asked for once. Milliseconds. */
export const PAUSE = 60;

/** Nothing is asked for an empty text. What was asked for a text that has changed meanwhile is given up. */
export function suggestionsFor(text: string) {
  const q = text.trim();
  return queryOptions({
    queryKey: keys.suggestions(q),
    queryFn: ({ signal }) => suggest(q, signal),
    enabled: q !== "",
    retry: false,
    // Between two letters the list stays, and is replaced as a whole.
    placeholderData: q === "" ? undefined : keepPreviousData,
  });
}
