// Plays a minute as bars, those that failed in them, and how soon nineteen in twenty started as a line.

import { useTranslation } from "react-i18next";
import type { PlaybackReport } from "@/shared/api/shapes";
import { number } from "@/shared/i18n/format";
import { barsOf } from "./bars";

const WIDTH = 960;
const HEIGHT = 200;

export function LiveChart({ report }: { report: PlaybackReport }) {
  const { t } = useTranslation();
  const { bars, most, slowest } = barsOf(report, WIDTH, HEIGHT);
  const total = report.total.plays;
  return (
    <figure className="mt-6 rounded-panel bg-velvet p-4 ring-1 ring-seam sm:p-6">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <span className="font-medium">{t("staff.live.playsAMinute")}</span>
        <span className="text-dust text-xs">
          {t("staff.live.most", { count: most })}
          {slowest > 0 &&
            ` · ${t("staff.live.slowest", { seconds: number(slowest / 1000, { maximumFractionDigits: 2 }) })}`}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("staff.live.chart", { count: total })}
        className="mt-4 h-40 w-full sm:h-52"
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-seam" />
        {bars.map((bar) => (
          <g key={bar.at}>
            <rect
              x={bar.x}
              y={HEIGHT - bar.height}
              width={bar.width}
              height={bar.height}
              className="fill-ivory/45"
            />
            <rect
              x={bar.x}
              y={HEIGHT - bar.failed}
              width={bar.width}
              height={bar.failed}
              className="fill-ruby"
            />
          </g>
        ))}
        <polyline
          points={bars
            .filter(({ startup }) => startup !== null)
            .map(({ x, width, startup }) => `${x + width / 2},${HEIGHT - (startup ?? 0)}`)
            .join(" ")}
          fill="none"
          vectorEffect="non-scaling-stroke"
          className="stroke-2 stroke-brass"
        />
      </svg>
      <p className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-dust text-xs">
        <Key look="bg-ivory/45" text={t("staff.live.plays")} />
        <Key look="bg-ruby" text={t("staff.live.failed")} />
        <Key look="bg-brass" text={t("staff.live.startup95")} />
      </p>
    </figure>
  );
}

function Key({ look, text }: { look: string; text: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span className={`size-2.5 rounded-full ${look}`} aria-hidden="true" />
      {text}
    </span>
  );
}
