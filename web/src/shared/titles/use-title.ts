// One title as its page knows it.
import { useQuery } from "@tanstack/react-query";
import { title as loadTitle } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";

/** Nothing is asked while there is no id, or not yet `enabled`. */
export function useTitle(id: string | undefined, enabled = true) {
  return useQuery({
    queryKey: keys.title(id ?? ""),
    queryFn: () => loadTitle(id ?? ""),
    enabled: enabled && id !== undefined,
  });
}
