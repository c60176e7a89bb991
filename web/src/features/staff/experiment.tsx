// What came of an experiment: whether its arms are of the right sizes, then each measure with its interval.

import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { keys, queries } from "@/shared/api/queries";
import { useEdits } from "@/shared/api/roles";
import type { Compared, ExperimentReport } from "@/shared/api/shapes";
import { experimentReport, experiments, startExperiment, stopExperiment } from "@/shared/api/staff";
import { number, regionName } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { FormError, LoadFailed } from "@/shared/ui/notice";
import { AudienceLine } from "./audience";
import { ExperimentForm } from "./experiment-form";
import { share } from "./figures";
import { Interval } from "./interval";
import { reachOf } from "./places";
import { StatusMark } from "./status-mark";

const MEASURES = ["watched_minutes", "returned", "startup_ms", "rebuffer_ratio", "failed_share"] as const;
type Measure = (typeof MEASURES)[number];
/** Measures that are shares of something. */
const SHARES: readonly string[] = ["returned", "rebuffer_ratio", "failed_share"];

export function ExperimentScreen() {
  const { t } = useTranslation();
  const { name } = useParams({ from: "/viewers/shell/staff/experiments/$name" });
  const all = useQuery({ queryKey: keys.experiments, queryFn: experiments });
  const report = useQuery({ queryKey: keys.experiment(name), queryFn: () => experimentReport(name) });
  const edits = useEdits();
  const experiment = all.data?.find((each) => each.name === name);
  if (report.error && !report.data)
    return <LoadFailed error={report.error} onRetry={() => void report.refetch()} />;
  return (
    <div
      className="gutter max-w-5xl pt-[calc(var(--header)+2rem)] pb-16 text-sm"
      data-testid="experiment-page"
    >
      <Link to="/staff/experiments" className="text-dust hover:text-ivory hover:underline">
        {t("staff.experiments.title")}
      </Link>
      <div className="mt-1 flex flex-wrap items-center justify-between gap-4">
        <h1 className="flex flex-wrap items-center gap-3 break-all font-mono font-semibold text-xl">
          {name}
          {experiment && <StatusMark status={experiment.status} />}
        </h1>
        {experiment && <Steer name={name} status={experiment.status} />}
      </div>
      {experiment?.about && <p className="mt-1.5 max-w-2xl text-dust">{experiment.about}</p>}
      {experiment && (
        <p className="mt-1.5 text-dust">
          <AudienceLine audience={experiment.audience} />
        </p>
      )}
      {experiment?.status === "draft" && edits && (
        <details className="mt-4">
          <summary className="inline-flex h-11 cursor-pointer items-center font-medium">
            {t("staff.experiments.change")}
          </summary>
          <ExperimentForm before={experiment} onDone={() => undefined} />
        </details>
      )}
      {report.data ? <Report report={report.data} /> : <div className="skeleton mt-6 h-80 rounded-panel" />}
    </div>
  );
}

function Steer({ name, status }: { name: string; status: "draft" | "running" | "stopped" }) {
  const { t } = useTranslation();
  const edits = useEdits();
  const running = status === "running";
  const change = useMutation({
    mutationFn: () => (running ? stopExperiment(name) : startExperiment(name)),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.experiments }),
  });
  if (!edits || status === "stopped") return null;
  return (
    <div className="flex flex-col items-end gap-2">
      <Button
        kind={running ? "primary" : "light"}
        size="sm"
        busy={change.isPending}
        onClick={() => change.mutate()}
        data-testid="experiment-steer"
      >
        {running ? t("staff.experiments.stop") : t("staff.experiments.start")}
      </Button>
      <FormError error={change.error} />
    </div>
  );
}

function Report({ report }: { report: ExperimentReport }) {
  const { t } = useTranslation();
  return (
    <>
      {!report.trustworthy && (
        <Warning testid="mismatch">
          {t("staff.experiments.mismatch", {
            p: number(report.mismatch_p_value, { maximumSignificantDigits: 2 }),
          })}
        </Warning>
      )}
      {report.harm.length > 0 && (
        <Warning testid="harm">{t("staff.experiments.harm", { what: report.harm.join(", ") })}</Warning>
      )}
      <Heading>{t("staff.experiments.arms")}</Heading>
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {report.arms.map((arm) => (
          <li key={arm.arm} className="rounded-panel bg-velvet p-4 ring-1 ring-seam" data-testid="arm">
            <p className="font-mono font-semibold">{arm.arm}</p>
            <p className="mt-1 tabular-nums">{t("staff.experiments.profiles", { count: arm.profiles })}</p>
            <p className="text-dust text-xs">{t("staff.experiments.meant", { share: share(arm.meant) })}</p>
          </li>
        ))}
      </ul>
      {MEASURES.map((measure) => (
        <Results
          key={measure}
          measure={measure}
          results={report.results.filter((result) => result.measure === measure)}
        />
      ))}
      {report.segments.length > 0 && (
        <details className="mt-8">
          <summary className="cursor-pointer font-medium">{t("staff.experiments.segments")}</summary>
          {MEASURES.map((measure) => (
            <Results
              key={measure}
              measure={measure}
              results={report.segments.filter((result) => result.measure === measure)}
            />
          ))}
        </details>
      )}
      <p className="mt-8 max-w-2xl text-dust text-xs">{t("staff.experiments.howToRead")}</p>
    </>
  );
}

function Heading({ children }: { children: ReactNode }) {
  return <h2 className="mt-8 mb-3 font-semibold text-base">{children}</h2>;
}

function Warning({ testid, children }: { testid: string; children: ReactNode }) {
  return (
    <p
      role="alert"
      data-testid={testid}
      className="mt-6 flex gap-3 rounded-card bg-amber/12 p-4 ring-1 ring-amber/50"
    >
      <TriangleAlert className="size-5 shrink-0 text-amber" aria-hidden="true" />
      {children}
    </p>
  );
}

function Results({ measure, results }: { measure: Measure; results: Compared[] }) {
  const { t } = useTranslation();
  if (results.length === 0) return null;
  const reach = reachOf(results);
  return (
    <section>
      <Heading>
        {t(`staff.experiments.measures.${measure}`)}
        {results[0]?.guardrail && (
          <span className="ms-2 font-normal text-dust text-xs">{t("staff.experiments.guardrail")}</span>
        )}
      </Heading>
      <ul className="flex flex-col gap-2">
        {results.map((result) => (
          <li
            key={`${result.arm} ${result.segment}`}
            data-testid="result"
            data-verdict={result.verdict}
            className="grid items-center gap-x-5 gap-y-2 rounded-card bg-velvet px-4 py-3 ring-1 ring-seam sm:grid-cols-[10rem_1fr_14rem_7rem]"
          >
            <span className="truncate font-mono">
              {result.arm}
              {result.segment && <span className="text-dust"> · {segmentName(result.segment)}</span>}
            </span>
            <Drawn result={result} reach={reach} />
            <Figure result={result} />
            <span
              className={cn(
                "sm:text-end",
                result.verdict === "better" && "text-mint",
                result.verdict === "worse" && "text-ruby-text",
                result.verdict === "undecided" && "text-dust",
              )}
            >
              {t(`staff.experiments.verdicts.${result.verdict}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Drawn({ result, reach }: { result: Compared; reach: number }) {
  const { estimate, low, high, verdict } = result;
  if (estimate === null || low === null || high === null) return <span />;
  return (
    <Interval
      estimate={estimate}
      low={low}
      high={high}
      reach={reach}
      verdict={verdict}
      label={said(result)}
    />
  );
}

function Figure({ result }: { result: Compared }) {
  const { t } = useTranslation();
  if (result.estimate === null) return <span className="text-dust">{t("staff.experiments.tooFew")}</span>;
  return (
    <span className="tabular-nums">
      {said(result)}
      <span className="block text-dust text-xs">
        {t("staff.experiments.means", {
          mean: written(result.measure, result.mean),
          control: written(result.measure, result.control_mean),
        })}
      </span>
    </span>
  );
}

/** "+3.3 (0.4 … 6.2)" */
function said({ measure, estimate, low, high }: Compared): string {
  const signed = written(measure, estimate ?? 0, { signDisplay: "exceptZero" });
  return low === null || high === null
    ? signed
    : `${signed} (${written(measure, low)} … ${written(measure, high)})`;
}

function written(measure: string, value: number, options: Intl.NumberFormatOptions = {}): string {
  const style = SHARES.includes(measure) ? ({ style: "percent" } as const) : {};
  return number(value, { maximumFractionDigits: 2, ...style, ...options });
}

/** "country: PT" as it is spoken. */
function segmentName(segment: string): string {
  const code = /^country\W+([A-Z]{2})$/.exec(segment)?.[1];
  return code ? regionName(code) : segment;
}
