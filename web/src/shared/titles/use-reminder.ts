// Waiting for a title: shown at once and undone when it fails, one list for all buttons.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys, queries } from "@/shared/api/queries";
import type { Reminder } from "@/shared/api/shapes";
import { endReminder, remind, reminders } from "@/shared/api/watch";

const REMINDERS = { queryKey: keys.reminders, queryFn: reminders };

/** Whether this profile waits for a title (undefined until that is known), and how to change that. */
export function useReminder(titleId: string) {
  const { data } = useQuery(REMINDERS);
  const change = useMutation({
    mutationFn: (wanted: boolean) => (wanted ? remind(titleId) : endReminder(titleId)),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.reminders }),
  });
  const kept = data?.some(({ title_id }) => title_id === titleId);
  return { waiting: change.isPending ? change.variables : kept, change };
}

/** Whoever opens what they waited for has seen that it is here. */
export function useSeenArrival(titleId: string): void {
  const { data } = useQuery(REMINDERS);
  const arrived = data?.some((item) => item.title_id === titleId && item.arrived_at !== null) ?? false;
  useEffect(() => {
    if (arrived) void endReminder(titleId).then(() => forget(titleId), ignore);
  }, [arrived, titleId]);
}

function forget(titleId: string): Promise<void> {
  queries.setQueryData<Reminder[]>(keys.reminders, (kept) =>
    kept?.filter(({ title_id }) => title_id !== titleId),
  );
  return queries.invalidateQueries({ queryKey: keys.home });
}

/** What could not be noted now is noted when the page is opened again. */
function ignore(): void {}
