// What staff read of searches: what people look for and do not find, and whether that grows.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import { searchGaps } from "@/shared/api/search";
import type { SearchGap } from "@/shared/api/shapes";
import { day, number, percent } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { FilterChip } from "@/shared/ui/filter-chip";
import { LoadFailed } from "@/shared/ui/notice";
import { PERIODS, USUAL } from "./period";

export function SearchGapsScreen() {
  const { t } = useTranslation();
  const { days = USUAL } = useSearch({ from: "/viewers/shell/staff/search-gaps" });
  const navigate = useNavigate({ from: "/staff/search-gaps" });
  const { data, error, refetch } = useQuery({
    queryKey: keys.searchGaps(days),
    queryFn: () => searchGaps(days),
    placeholderData: keepPreviousData,
  });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="gutter max-w-6xl pt-[calc(var(--header)+2rem)] text-sm" data-testid="gaps">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl">{t("staff.gaps.title")}</h1>
        <FilterChip
          label={t("staff.gaps.period")}
          testid="gaps-period"
          value={String(days)}
          onChoose={(chosen) => void navigate({ search: { days: Number(chosen) } })}
          choices={PERIODS.map((count) => ({ id: String(count), label: t("staff.gaps.days", { count }) }))}
        />
      </div>
      <p className="mt-1.5 max-w-2xl text-dust">{t("staff.gaps.text")}</p>
      <p className="mt-1.5 text-dust" role="status">
        {data
          ? t("staff.gaps.total", { searches: data.searches, without: data.without_results })
          : t("common.loading")}
      </p>
      {data?.items.length === 0 && (
        <p className="mt-10 text-base text-dust" data-testid="gaps-empty">
          {t("staff.gaps.none")}
        </p>
      )}
      {data && data.items.length > 0 && <Gaps items={data.items} />}
    </div>
  );
}

function Gaps({ items }: { items: SearchGap[] }) {
  const { t } = useTranslation();
  const figure = "px-3 py-2.5 text-end tabular-nums";
  const heads = ["searches", "viewers", "withoutResults", "withoutChoice", "trend", "last"] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <div className="mt-6 overflow-x-auto" tabIndex={0} role="region" aria-label={t("staff.gaps.title")}>
      <table className="w-full border-collapse whitespace-nowrap">
        <thead className="text-dust text-xs">
          <tr className="border-seam border-b">
            <th scope="col" className="px-3 py-2.5 text-start font-medium">
              {t("staff.gaps.words")}
            </th>
            {heads.map((head) => (
              <th
                key={head}
                scope="col"
                title={head === "trend" ? t("staff.gaps.trendHint") : undefined}
                className="px-3 py-2.5 text-end font-medium"
              >
                {t(`staff.gaps.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((gap) => (
            <tr key={gap.text} data-testid="gap" className="border-seam/50 border-b hover:bg-velvet">
              <th scope="row" className="max-w-80 truncate px-3 text-start font-semibold">
                <Link to="/search" search={{ q: gap.text }} className="inline-block py-2.5 hover:underline">
                  <bdi>{gap.text}</bdi>
                </Link>
              </th>
              <td className={figure}>{number(gap.searches)}</td>
              <td className={figure}>{number(gap.viewers)}</td>
              <td className={figure}>{percent((100 * gap.without_results) / gap.searches)}</td>
              <td className={figure}>{percent((100 * gap.without_choice) / gap.searches)}</td>
              <td className={cn(figure, gap.trend !== null && gap.trend > 1 && "text-amber")}>
                {gap.trend === null
                  ? t("staff.gaps.new")
                  : `× ${number(gap.trend, { maximumFractionDigits: 1 })}`}
              </td>
              <td className={figure}>{day(gap.last_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
