// One review as a moderator reads it: what it says and said, what others hold against it, what was done, and the decision.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ModeratedReview } from "@/shared/api/shapes";
import { day } from "@/shared/i18n/format";
import { DecisionForm } from "./decision-form";

export function ModeratedCard({ review }: { review: ModeratedReview }) {
  const { t } = useTranslation();
  const { reports, versions, log } = review;
  return (
    <article
      data-testid="moderated-review"
      data-id={review.id}
      className="flex flex-col gap-4 rounded-panel bg-velvet p-4 sm:p-5"
    >
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Link
          to="/title/$titleId"
          params={{ titleId: review.title_id }}
          className="font-semibold text-base underline decoration-seam underline-offset-4 hover:decoration-ivory"
        >
          <bdi>{review.title_name}</bdi>
        </Link>
        <bdi className="[overflow-wrap:anywhere]">{review.author ?? t("reviews.somebody")}</bdi>
        {review.stars !== null && (
          <span role="img" className="text-brass" aria-label={t("reviews.outOf", { count: review.stars })}>
            ★ {review.stars}
          </span>
        )}
        <span className="text-dust">{day(review.written_at)}</span>
        {review.spoiler && <span className="text-amber">{t("reviews.reasons.spoiler")}</span>}
      </header>
      {review.held_for.length > 0 && (
        <p className="flex flex-wrap gap-2" data-testid="held-for">
          {review.held_for.map((why) => (
            <span key={why} className="rounded-full bg-amber/12 px-2.5 py-0.5 text-amber text-xs">
              {t(`staff.heldFor.${why}`)}
            </span>
          ))}
        </p>
      )}
      <Words text={review.text} />
      <Part title={t("staff.reports", { count: reports.length })} shown={reports.length > 0}>
        {reports.map((report) => (
          <li key={`${report.reported_at} ${report.reason} ${report.note}`}>
            {t(`reviews.reasons.${report.reason}`)}
            {report.note && (
              <>
                {": "}
                <bdi className="[overflow-wrap:anywhere]">{report.note}</bdi>
              </>
            )}
            <span className="text-dust">
              {" · "}
              {day(report.reported_at)}
              {report.settled && ` · ${t("staff.settled")}`}
            </span>
          </li>
        ))}
      </Part>
      <Part title={t("staff.versions", { count: versions.length })} shown={versions.length > 0}>
        {versions.map((version) => (
          <li key={version.revision}>
            <span className="text-dust">{t("staff.until", { day: day(version.replaced_at) })}</span>
            <Words text={version.text} />
          </li>
        ))}
      </Part>
      <Part title={t("staff.log", { count: log.length })} shown={log.length > 0} testid="moderation-log">
        {log.map((line) => (
          <li key={`${line.at} ${line.action}`}>
            {day(line.at)} · {t(`staff.actions.${actionOf(line.action)}`)}
            {line.why && (
              <>
                {": "}
                <bdi className="[overflow-wrap:anywhere]">{line.why}</bdi>
              </>
            )}
          </li>
        ))}
      </Part>
      <DecisionForm review={review} />
    </article>
  );
}

const ACTIONS = ["held", "hidden", "keep", "warn", "remove"] as const;

/** What this app has no word for yet was done all the same. */
function actionOf(action: string): (typeof ACTIONS)[number] | "other" {
  return ACTIONS.find((each) => each === action) ?? "other";
}

function Words({ text }: { text: string }) {
  return (
    <p className="max-w-3xl whitespace-pre-line text-base [overflow-wrap:anywhere]">
      <bdi>{text}</bdi>
    </p>
  );
}

interface PartProps {
  title: string;
  shown: boolean;
  testid?: string;
  children: ReactNode;
}

function Part({ title, shown, testid, children }: PartProps) {
  if (!shown) return null;
  return (
    <details className="group" data-testid={testid}>
      <summary className="flex min-h-9 cursor-pointer select-none items-center font-medium text-dust hover:text-ivory">
        {title}
      </summary>
      <ul className="flex flex-col gap-2 border-seam border-s ps-4">{children}</ul>
    </details>
  );
}
