// What this profile said of titles, by thumb, by stars or as not wanted: shown at once and undone when it could not be kept.
import { useMutation, useQuery } from "@tanstack/react-query";
import { rate } from "@/shared/api/catalog";
import { sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import type { KnownTaste, Title } from "@/shared/api/shapes";
import { taste as loadTaste, say } from "@/shared/api/taste";
import { toasts } from "@/shared/ui/toasts";
import { changed, restored, STARS, unwanted, type Verdict, verdicts } from "./verdicts";

/** undefined while it is not known what the profile said; null where it said nothing. */
export function useVerdict(titleId: string): Verdict | null | undefined {
  const { data } = useQuery({
    queryKey: keys.taste,
    queryFn: loadTaste,
    select: verdicts,
  });
  return data ? (data.get(titleId) ?? null) : undefined;
}

interface Change {
  titleId: string;
  name: string;
  /** null takes back whatever was said. */
  verdict: Verdict | null;
  /** What is to be taken back. */
  was: { said: boolean; rated: boolean };
}

/** A thumb is a rating, as it is on the title's page; only what is not wanted is said to nobody but the rows. */
export function useSay(): (titleId: string, name: string, verdict: Verdict | null) => void {
  const { mutate } = useMutation({
    mutationFn: async ({ titleId, verdict, was }: Change) => {
      if (verdict === "not_interested") return say(titleId, verdict);
      if (was.said) await say(titleId, null);
      if (verdict) await rate(titleId, STARS[verdict]);
      else if (was.rated) await rate(titleId, null);
    },
    onMutate: async ({ titleId, name, verdict }) => {
      await queries.cancelQueries({ queryKey: keys.taste });
      const known = queries.getQueryData<KnownTaste>(keys.taste);
      const title = queries.getQueryData<Title>(keys.title(titleId));
      if (known) queries.setQueryData<KnownTaste>(keys.taste, changed(known, titleId, name, verdict));
      if (title && verdict !== "not_interested" && !(verdict === null && known && unwanted(known, titleId)))
        queries.setQueryData<Title>(keys.title(titleId), { ...title, my_rating: verdict && STARS[verdict] });
      return { known, title };
    },
    onError: (error, { titleId }, before) => {
      const { known, title } = before ?? {};
      if (known) queries.setQueryData<KnownTaste>(keys.taste, (now) => now && restored(now, known, titleId));
      if (title)
        queries.setQueryData<Title>(
          keys.title(titleId),
          (now) => now && { ...now, my_rating: title.my_rating },
        );
      toasts.say(sentence(error));
    },
    onSettled: async () => {
      if (!queries.getQueryData(keys.taste)) await queries.invalidateQueries({ queryKey: keys.taste });
      await forgetRows();
    },
  });
  return (titleId, name, verdict) => {
    const known = queries.getQueryData<KnownTaste>(keys.taste);
    const about = ({ title_id }: { title_id: string }) => title_id === titleId;
    const rated = known !== undefined && !unwanted(known, titleId) && (known.rated?.some(about) ?? false);
    const was = { said: known?.said.some(about) ?? true, rated };
    mutate({ titleId, name, verdict, was });
  };
}

/** Rows are made anew when they are next looked at: nothing moves under whoever is looking. */
export async function forgetRows(): Promise<void> {
  await queries.invalidateQueries({ queryKey: keys.home, refetchType: "none" });
  await queries.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] === "title" && queryKey[2] === "similar",
    refetchType: "none",
  });
}
