// How playing goes at this moment: what plays, how soon it started, how often it failed, and where.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import type { PlaybackGroup, PlaybackReport, ReportQuestion } from "@/shared/api/shapes";
import { titleNames } from "@/shared/api/staff";
import { number, regionName } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { FilterChip } from "@/shared/ui/filter-chip";
import { LoadFailed } from "@/shared/ui/notice";
import { seconds, share } from "./figures";
import { LiveChart } from "./live-chart";
import { GROUPS, USUAL_WINDOW, WINDOWS } from "./live-window";
import { useLive } from "./use-live";

export function LiveScreen() {
  const { t } = useTranslation();
  const chosen = useSearch({ from: "/viewers/shell/staff/live" });
  const navigate = useNavigate({ from: "/staff/live" });
  const question = { ...USUAL_WINDOW, ...chosen };
  const { report, on, refused } = useLive(question);
  if (refused) return <LoadFailed error={refused} onRetry={() => location.reload()} />;
  const choose = (change: Partial<ReportQuestion>) =>
    void navigate({ search: { ...question, ...change }, replace: true });
  return (
    <div className="gutter max-w-6xl pt-[calc(var(--header)+2rem)] pb-16 text-sm" data-testid="live-report">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h1 className="flex items-center gap-3 font-semibold text-2xl">
          {t("staff.live.title")}
          <span
            role="status"
            data-testid="live-state"
            data-on={on}
            className={cn(
              "rounded-full px-2.5 py-0.5 font-medium text-xs",
              on ? "bg-mint/15 text-mint" : "bg-amber/15 text-amber",
            )}
          >
            {on ? t("staff.live.on") : t("staff.live.connecting")}
          </span>
        </h1>
        <div className="flex flex-wrap gap-2">
          <FilterChip
            label={t("staff.live.window")}
            testid="live-window"
            value={String(question.minutes)}
            onChoose={(minutes) => choose({ minutes: Number(minutes) })}
            choices={WINDOWS.map((minutes) => ({
              id: String(minutes),
              label:
                minutes < 60
                  ? t("staff.live.minutes", { count: minutes })
                  : t("staff.live.hours", { count: minutes / 60 }),
            }))}
          />
          <FilterChip
            label={t("staff.live.by")}
            testid="live-by"
            value={question.by}
            onChoose={(by) => choose({ by: GROUPS.find((each) => each === by) ?? "title" })}
            choices={GROUPS.map((by) => ({ id: by, label: t(`staff.live.groups.${by}`) }))}
          />
        </div>
      </div>
      {report ? (
        <>
          <Figures report={report} />
          <LiveChart report={report} />
          <Groups items={report.items} by={question.by} />
        </>
      ) : (
        <div className="skeleton mt-6 h-80 rounded-panel" />
      )}
    </div>
  );
}

function Figures({ report }: { report: PlaybackReport }) {
  const { t } = useTranslation();
  const { total } = report;
  const figures = [
    ["playing", number(report.playing)],
    ["plays", number(total.plays)],
    ["failureRate", share(total.failure_rate)],
    ["startup50", seconds(total.startup_p50_ms)],
    ["startup95", seconds(total.startup_p95_ms)],
    ["rebuffering", share(total.rebuffer_ratio)],
  ] as const;
  return (
    <dl className="mt-6 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
      {figures.map(([name, value]) => (
        <div key={name} className="flex flex-col-reverse rounded-panel bg-velvet p-4 ring-1 ring-seam">
          <dt className="mt-1 text-dust text-xs">{t(`staff.live.${name}`)}</dt>
          <dd className="font-semibold text-xl tabular-nums" data-testid={`live-${name}`}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Groups({ items, by }: { items: PlaybackGroup[]; by: ReportQuestion["by"] }) {
  const { t } = useTranslation();
  const ids = by === "title" ? items.flatMap(({ key }) => key ?? []).sort() : [];
  const names = useQuery({
    queryKey: keys.titleNames(ids),
    queryFn: () => titleNames(ids),
    enabled: ids.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (items.length === 0) return <p className="mt-10 text-base text-dust">{t("staff.live.nothing")}</p>;
  const figure = "px-3 py-2.5 text-end tabular-nums";
  const heads = ["playing", "plays", "failureRate", "startup50", "startup95", "rebuffering"] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <div className="mt-6 overflow-x-auto" tabIndex={0} role="region" aria-label={t("staff.live.table")}>
      <table className="w-full border-collapse whitespace-nowrap">
        <thead className="text-dust text-xs">
          <tr className="border-seam border-b">
            <th scope="col" className="px-3 py-2.5 text-start font-medium">
              {t(`staff.live.groups.${by}`)}
            </th>
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 py-2.5 text-end font-medium">
                {t(`staff.live.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.key} data-testid="live-item" className="border-seam/50 border-b hover:bg-velvet">
              <th scope="row" className="max-w-36 truncate px-3 text-start font-semibold sm:max-w-80">
                <Name by={by} id={item.key} known={names.data} />
              </th>
              <td className={figure}>{number(item.playing)}</td>
              <td className={figure}>{number(item.plays)}</td>
              <td className={cn(figure, (item.failure_rate ?? 0) > 0 && "text-amber")}>
                {share(item.failure_rate)}
              </td>
              <td className={figure}>{seconds(item.startup_p50_ms)}</td>
              <td className={figure}>{seconds(item.startup_p95_ms)}</td>
              <td className={figure}>{share(item.rebuffer_ratio)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Name(props: { by: ReportQuestion["by"]; id: string | null; known?: Map<string, string> }) {
  const { t } = useTranslation();
  const { by, id, known } = props;
  if (id === null) return <span className="inline-block py-2.5 text-dust">{t("staff.live.unknown")}</span>;
  if (by !== "title")
    return <span className="inline-block py-2.5">{by === "country" ? regionName(id) : id}</span>;
  return (
    <Link to="/title/$titleId" params={{ titleId: id }} className="inline-block py-2.5 hover:underline">
      <bdi>{known?.get(id) ?? id}</bdi>
    </Link>
  );
}
