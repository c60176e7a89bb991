// Which titles are on My List, for the buttons on their cards: one list for all of them.
import { useQuery } from "@tanstack/react-query";
import { keys } from "@/shared/api/queries";
import type { ListItem } from "@/shared/api/shapes";
import { myList } from "@/shared/api/watch";

const ids = (items: ListItem[]): ReadonlySet<string> => new Set(items.map(({ title_id }) => title_id));

/** Undefined until it is known. */
export function useListed(titleId: string): boolean | undefined {
  const { data } = useQuery({ queryKey: keys.list, queryFn: myList, select: ids });
  return data?.has(titleId);
}
