// What staff read of the lake: whether events come in, how late, how often twice or broken, and what is missing in them.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { dataQuality } from "@/shared/api/lake";
import { Problem } from "@/shared/api/problems";
import { keys } from "@/shared/api/queries";
import type { NullShare, TopicQuality } from "@/shared/api/shapes";
import { number, percent, runningTime, time } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { FilterChip } from "@/shared/ui/filter-chip";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { HOURS, USUAL_HOURS } from "./period";

// From here on a figure is one to look at.
const LATE = 0.05;
const BEHIND_SECONDS = 600;

export function DataQualityScreen() {
  const { t } = useTranslation();
  const { hours = USUAL_HOURS } = useSearch({ from: "/viewers/shell/staff/data-quality" });
  const navigate = useNavigate({ from: "/staff/data-quality" });
  const { data, error, refetch } = useQuery({
    queryKey: keys.dataQuality(hours),
    queryFn: () => dataQuality(hours),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  if (error instanceof Problem && error.status === 503 && !data)
    return <Off onRetry={() => void refetch()} />;
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="gutter max-w-6xl pt-[calc(var(--header)+2rem)] text-sm" data-testid="quality">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl">{t("staff.quality.title")}</h1>
        <FilterChip
          label={t("staff.quality.period")}
          testid="quality-period"
          value={String(hours)}
          onChoose={(chosen) => void navigate({ search: { hours: Number(chosen) } })}
          choices={HOURS.map((count) => ({ id: String(count), label: t("staff.quality.hours", { count }) }))}
        />
      </div>
      <p className="mt-3 max-w-2xl text-dust">{t("staff.quality.text")}</p>
      {data ? (
        <>
          <Topics topics={data.topics} />
          <Nulls nulls={data.nulls} />
        </>
      ) : (
        <p className="mt-6 text-dust" role="status">
          {t("common.loading")}
        </p>
      )}
    </div>
  );
}

function Off({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <PageNotice
      title={t("staff.quality.off")}
      actions={<Button onClick={onRetry}>{t("common.tryAgain")}</Button>}
    >
      {t("staff.quality.offText")}
    </PageNotice>
  );
}

function Topics({ topics }: { topics: TopicQuality[] }) {
  const { t } = useTranslation();
  const heads = ["topic", "rows", "late", "duplicates", "violations", "behind", "newest"] as const;
  return (
    <Figures label={t("staff.quality.topics")} heads={heads.map((name) => t(`staff.quality.${name}`))}>
      {topics.map((each) => {
        const late = each.rows ? each.late / each.rows : 0;
        return (
          <tr
            key={each.topic}
            data-testid={`quality-${each.topic}`}
            className="border-seam/50 border-b hover:bg-velvet"
          >
            <th scope="row" className="px-3 py-2.5 text-start font-semibold">
              <bdi>{each.topic}</bdi>
            </th>
            <Figure>{number(each.rows)}</Figure>
            <Figure worth={late > LATE}>{each.rows ? percent(100 * late) : "–"}</Figure>
            <Figure>{number(each.duplicates)}</Figure>
            <Figure worth={each.violations > 0}>{number(each.violations)}</Figure>
            <Figure worth={(each.behind_seconds ?? 0) > BEHIND_SECONDS}>
              {each.behind_seconds === null ? "–" : runningTime(each.behind_seconds)}
            </Figure>
            <Figure>{each.newest_at === null ? t("staff.quality.never") : time(each.newest_at)}</Figure>
          </tr>
        );
      })}
    </Figures>
  );
}

function Nulls({ nulls }: { nulls: NullShare[] }) {
  const { t } = useTranslation();
  return (
    <section className="mt-12 pb-12">
      <h2 className="font-semibold text-lg">{t("staff.quality.nulls")}</h2>
      <p className="mt-1.5 max-w-2xl text-dust">
        {nulls.length ? t("staff.quality.nullsText") : t("staff.quality.nullsNone")}
      </p>
      {nulls.length > 0 && (
        <Figures
          label={t("staff.quality.nulls")}
          heads={[t("staff.quality.column"), t("staff.quality.share")]}
          className="max-w-xl"
        >
          {nulls.map((each) => (
            <tr key={`${each.table} ${each.column}`} className="border-seam/50 border-b hover:bg-velvet">
              <th scope="row" className="px-3 py-2.5 text-start font-normal">
                <span className="text-dust">{`${each.table}.`}</span>
                <span className="font-semibold">{each.column}</span>
              </th>
              <Figure>{percent(100 * each.share)}</Figure>
            </tr>
          ))}
        </Figures>
      )}
    </section>
  );
}

interface FiguresProps {
  label: string;
  heads: string[];
  className?: string;
  children: ReactNode;
}

function Figures({ label, heads, className, children }: FiguresProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <div className={cn("mt-6 overflow-x-auto", className)} tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-collapse whitespace-nowrap">
        <thead className="text-dust text-xs">
          <tr className="border-seam border-b">
            {heads.map((head, place) => (
              <th
                key={head}
                scope="col"
                className={cn("px-3 py-2.5 font-medium", place === 0 ? "text-start" : "text-end")}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Figure({ worth = false, children }: { worth?: boolean; children: ReactNode }) {
  return <td className={cn("px-3 py-2.5 text-end tabular-nums", worth && "text-amber")}>{children}</td>;
}
