// Adding a title to My List and taking it off, shown at once and undone when it fails.
import { useMutation } from "@tanstack/react-query";
import { keys, queries } from "@/shared/api/queries";
import type { Title } from "@/shared/api/shapes";
import { addToList, removeFromList } from "@/shared/api/watch";

export function useInList(titleId: string) {
  return useMutation({
    mutationFn: (wanted: boolean) => (wanted ? addToList(titleId) : removeFromList(titleId)),
    onMutate: async (wanted) => {
      await queries.cancelQueries({ queryKey: keys.title(titleId), exact: true });
      const before = queries.getQueryData<Title>(keys.title(titleId));
      if (before) queries.setQueryData<Title>(keys.title(titleId), { ...before, in_my_list: wanted });
      return before;
    },
    onError: (_error, _wanted, before) => {
      if (before) queries.setQueryData(keys.title(titleId), before);
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.list }),
        queries.invalidateQueries({ queryKey: keys.home }),
      ]),
  });
}
