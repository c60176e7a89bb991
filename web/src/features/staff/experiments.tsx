// The experiments there are: what each compares, whether it runs, and the way to its report.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/shared/api/queries";
import { useEdits } from "@/shared/api/roles";
import type { Experiment } from "@/shared/api/shapes";
import { experiments } from "@/shared/api/staff";
import { day, number } from "@/shared/i18n/format";
import { t } from "@/shared/i18n/i18n";
import { LoadFailed } from "@/shared/ui/notice";
import { ExperimentForm } from "./experiment-form";
import { StatusMark } from "./status-mark";

export function ExperimentsScreen() {
  const { t } = useTranslation();
  const edits = useEdits();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({ queryKey: keys.experiments, queryFn: experiments });
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="gutter max-w-4xl pt-[calc(var(--header)+2rem)] pb-16" data-testid="experiments-page">
      <h1 className="font-semibold text-2xl">{t("staff.experiments.title")}</h1>
      <p className="mt-1.5 max-w-2xl text-dust text-sm">{t("staff.experiments.text")}</p>
      {data?.length === 0 && <p className="mt-8 text-dust">{t("staff.experiments.none")}</p>}
      <ul className="mt-6 flex flex-col gap-3">
        {data?.map((experiment) => (
          <li key={experiment.name} data-testid="experiment" data-name={experiment.name}>
            <Link
              to="/staff/experiments/$name"
              params={{ name: experiment.name }}
              className="block rounded-panel bg-velvet p-4 ring-1 ring-seam transition-colors hover:bg-plush sm:p-5"
            >
              <span className="flex flex-wrap items-center gap-3">
                <span className="font-mono font-semibold text-sm">{experiment.name}</span>
                <StatusMark status={experiment.status} />
              </span>
              {experiment.about && <span className="mt-1 block text-sm">{experiment.about}</span>}
              <span className="mt-1.5 block text-dust text-xs">{facts(experiment)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {edits && data && (
        <ExperimentForm
          taken={data.map(({ name }) => name)}
          onDone={(name) => void navigate({ to: "/staff/experiments/$name", params: { name } })}
        />
      )}
    </div>
  );
}

function facts(experiment: Experiment): string {
  const places = experiment.last - experiment.first + 1;
  return [
    experiment.arms.map(({ name }) => name).join(" / "),
    t("staff.experiments.part", {
      share: number(places / 1000, { style: "percent" }),
      layer: experiment.layer,
    }),
    ...(experiment.started_at ? [t("staff.experiments.since", { day: day(experiment.started_at) })] : []),
    ...(experiment.stopped_at ? [t("staff.experiments.until", { day: day(experiment.stopped_at) })] : []),
  ].join(" · ");
}
