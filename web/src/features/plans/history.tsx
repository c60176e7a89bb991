// What this profile watched, the newest first: each title can be hidden, and all of it forgotten.
import { type InfiniteData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import type { HistoryPage } from "@/shared/api/shapes";
import { clearHistory, hideFromHistory, history } from "@/shared/api/watch";
import { day } from "@/shared/i18n/format";
import { episodeLabel } from "@/shared/titles/names";
import { forgetRows } from "@/shared/titles/use-taste";
import { Button } from "@/shared/ui/button";
import { toasts } from "@/shared/ui/toasts";

type Pages = InfiniteData<HistoryPage, string | undefined>;

export function History() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const pages = useInfiniteQuery({
    queryKey: keys.history,
    queryFn: ({ pageParam }) => history(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  });
  const hide = useMutation({
    mutationFn: hideFromHistory,
    onMutate: async (titleId: string) => {
      await queries.cancelQueries({ queryKey: keys.history });
      const before = queries.getQueryData<Pages>(keys.history);
      queries.setQueryData<Pages>(keys.history, (now) => now && without(now, titleId));
      return before;
    },
    onError: (error, _titleId, before) => {
      queries.setQueryData(keys.history, before);
      toasts.say(sentence(error));
    },
    onSettled: forgotten,
  });
  const clear = useMutation({ mutationFn: clearHistory, onSettled: forgotten });
  if (!pages.data) return null;
  const lines = pages.data.pages.flatMap(({ items }) => items);
  return (
    <div className="flex flex-col gap-4" data-testid="history">
      <p className="text-dust text-sm">{t("plans.historyHint")}</p>
      {lines.length === 0 && <p>{t("plans.historyEmpty")}</p>}
      <ul className="divide-y divide-seam">
        {lines.map((line) => (
          <li
            key={`${line.playable_id} ${line.watched_at}`}
            className="flex min-h-12 items-center gap-3 py-1"
            data-testid="history-line"
            data-title={line.title_id}
          >
            <Link
              to="/title/$titleId"
              params={{ titleId: line.title_id }}
              className="min-w-0 flex-1 py-2 hover:underline"
            >
              <bdi className="block truncate">{line.name}</bdi>
              <span className="block text-dust text-sm">
                {[episodeLabel(line), day(line.watched_at)].filter(Boolean).join(" · ")}
              </span>
            </Link>
            <button
              type="button"
              aria-label={t("plans.historyHide", { name: line.name })}
              title={t("plans.historyHide", { name: line.name })}
              data-testid="history-hide"
              onClick={({ currentTarget }) => {
                const place = currentTarget.closest("li");
                const next = place?.nextElementSibling ?? place?.previousElementSibling;
                next?.querySelector("button")?.focus({ preventScroll: true });
                hide.mutate(line.title_id);
              }}
              className="grid size-11 shrink-0 place-items-center rounded-full text-dust hover:text-ivory"
            >
              <X className="size-4" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      {lines.length > 0 && (
        <div className="flex flex-wrap gap-3">
          {pages.hasNextPage && (
            <Button
              kind="raised"
              disabled={pages.isFetchingNextPage}
              onClick={() => void pages.fetchNextPage()}
            >
              {t("plans.historyMore")}
            </Button>
          )}
          <Button
            kind="raised"
            data-testid="history-clear"
            disabled={clear.isPending}
            onClick={() => {
              if (asked) clear.mutate();
              setAsked(!asked);
            }}
          >
            {t(asked ? "plans.historyClearSure" : "plans.historyClear")}
          </Button>
        </div>
      )}
      {clear.error && (
        <p role="alert" className="text-ruby-text text-sm">
          {sentence(clear.error)}
        </p>
      )}
    </div>
  );
}

/** A series has a line for each of its episodes: all of them go. */
function without(pages: Pages, titleId: string): Pages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.filter(({ title_id }) => title_id !== titleId),
    })),
  };
}

/** What else was made of the history is made anew when it is next looked at. */
async function forgotten(): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: keys.history }),
    queries.invalidateQueries({ queryKey: keys.taste }),
    queries.invalidateQueries({ queryKey: ["title"], refetchType: "none" }),
    queries.invalidateQueries({ queryKey: ["seen"], refetchType: "none" }),
    forgetRows(),
  ]);
}
