// What moderators see: reviews that wait for them, and those that were decided about.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { moderated } from "@/shared/api/moderation";
import { keys } from "@/shared/api/queries";
import type { ReviewState } from "@/shared/api/shapes";
import { Button } from "@/shared/ui/button";
import { FilterChip } from "@/shared/ui/filter-chip";
import { LoadFailed } from "@/shared/ui/notice";
import { ModeratedCard } from "./moderated-card";
import { STATES } from "./queue";

export function ModerationScreen() {
  const { t } = useTranslation();
  const { state = "held", page = 1 } = useSearch({ from: "/viewers/shell/staff/moderation" });
  const navigate = useNavigate({ from: "/staff/moderation" });
  const { data, error, refetch } = useQuery({
    queryKey: keys.moderation(state, page),
    queryFn: () => moderated(state, page),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchOnWindowFocus: true,
  });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  const go = (to: { state?: ReviewState; page?: number }) => void navigate({ search: to });
  return (
    <div className="gutter max-w-5xl pt-[calc(var(--header)+2rem)] text-sm" data-testid="moderation">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl">{t("staff.moderation")}</h1>
        <FilterChip
          label={t("staff.show")}
          testid="moderation-state"
          value={state}
          onChoose={(chosen) => go({ state: STATES.find((each) => each === chosen) })}
          choices={STATES.map((id) => ({ id, label: t(`staff.states.${id}`) }))}
        />
      </div>
      <p className="mt-1.5 text-dust" role="status">
        {data ? t("staff.found", { count: data.total }) : t("common.loading")}
      </p>
      {data?.total === 0 && (
        <p className="mt-10 text-base text-dust" data-testid="moderation-empty">
          {state === "held" ? t("staff.nothingWaits") : t("staff.nothing")}
        </p>
      )}
      <ul className="mt-6 flex flex-col gap-4">
        {data?.items.map((review) => (
          <li key={review.id}>
            <ModeratedCard review={review} />
          </li>
        ))}
      </ul>
      {data && data.pages > 1 && (
        <nav aria-label={t("staff.pages")} className="mt-8 flex items-center gap-4">
          <Button kind="raised" size="sm" disabled={page <= 1} onClick={() => go({ state, page: page - 1 })}>
            {t("staff.before")}
          </Button>
          <span className="text-dust">{t("staff.page", { page, pages: data.pages })}</span>
          <Button
            kind="raised"
            size="sm"
            disabled={page >= data.pages}
            onClick={() => go({ state, page: page + 1 })}
          >
            {t("staff.after")}
          </Button>
        </nav>
      )}
    </div>
  );
}
