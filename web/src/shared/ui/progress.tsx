// How much of something has been watched.
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";

export function Progress({ value, className }: { value: number; className?: string }) {
  const { t } = useTranslation();
  const percent = Math.round(value * 100);
  return (
    <span
      role="progressbar"
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label={t("common.watched")}
      data-testid="progress"
      className={cn("block h-1 overflow-hidden rounded-full bg-ivory/25", className)}
    >
      <span className="block h-full rounded-full bg-ruby" style={{ width: `${Math.max(2, percent)}%` }} />
    </span>
  );
}
