// The profile's last searches, taken out at once and put back where that fails. A child's profile has none.
import { useMutation, useQuery } from "@tanstack/react-query";
import { keys, queries } from "@/shared/api/queries";
import { forgetAllRecent, forgetRecent, recent } from "@/shared/api/search";
import type { RecentSearch } from "@/shared/api/shapes";

const key = keys.recentSearches;

export function useRecent(wanted: boolean) {
  const { data = [] } = useQuery({
    queryKey: key,
    queryFn: recent,
    enabled: wanted,
    retry: false,
    staleTime: 0,
  });
  const forget = useMutation({
    mutationFn: (id: string | null) => (id === null ? forgetAllRecent() : forgetRecent(id)),
    onMutate: async (id) => {
      await queries.cancelQueries({ queryKey: key });
      const before = queries.getQueryData<RecentSearch[]>(key);
      queries.setQueryData<RecentSearch[]>(key, id === null ? [] : before?.filter((one) => one.id !== id));
      return before;
    },
    onError: (_error, _id, before) => queries.setQueryData(key, before),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
  return { searches: data, forget: forget.mutate };
}
