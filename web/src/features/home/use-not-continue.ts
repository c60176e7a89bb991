// Taking something off Continue watching: gone at once, back again when that fails.
import { useMutation } from "@tanstack/react-query";
import { keys, queries } from "@/shared/api/queries";
import type { Home } from "@/shared/api/shapes";
import { stopContinuing } from "@/shared/api/watch";
import { without } from "./steady";

export function useNotContinue() {
  return useMutation({
    mutationFn: stopContinuing,
    onMutate: async (playableId: string) => {
      await queries.cancelQueries({ queryKey: keys.home, exact: true });
      const before = queries.getQueryData<Home>(keys.home);
      if (before) queries.setQueryData<Home>(keys.home, without(before, playableId));
      return before;
    },
    onError: (_error, _playableId, before) => {
      if (before) queries.setQueryData(keys.home, before);
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.home }),
        queries.invalidateQueries({
          predicate: ({ queryKey }) => queryKey[0] === "title",
          refetchType: "none",
        }),
      ]),
  });
}
