// Whether an experiment is a draft, runs, or has been stopped.
import { useTranslation } from "react-i18next";
import type { Experiment } from "@/shared/api/shapes";
import { cn } from "@/shared/lib/cn";

const LOOKS = {
  draft: "bg-plush text-dust",
  running: "bg-mint/15 text-mint",
  stopped: "bg-plush text-ivory",
} as const;

export function StatusMark({ status }: { status: Experiment["status"] }) {
  const { t } = useTranslation();
  return (
    <span className={cn("rounded-full px-2.5 py-0.5 font-medium text-xs", LOOKS[status])}>
      {t(`staff.experiments.states.${status}`)}
    </span>
  );
}
