// One review by somebody else: what it says, whether it helped, and a way to report it.

import { Flag, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import type { OwnReview, Review } from "@/shared/api/shapes";
import { day, number } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { ReportDialog } from "./report-dialog";
import { ReviewText } from "./review-text";
import { Stars } from "./stars";
import { useVote } from "./use-reviews";

/** Who, how many stars, when. */
export function Byline({ review, name }: { review: Review | OwnReview; name: string }) {
  const { t } = useTranslation();
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <bdi className="font-semibold [overflow-wrap:anywhere]">{name}</bdi>
      {review.stars !== null && <Stars stars={review.stars} />}
      <span className="text-dust text-sm">
        {day(review.written_at)}
        {review.edited_at && ` · ${t("reviews.edited")}`}
      </span>
    </header>
  );
}

export function ReviewLine({ titleId, review }: { titleId: string; review: Review }) {
  const { t } = useTranslation();
  const [reporting, setReporting] = useState(false);
  const vote = useVote(titleId, review);
  const { helpful, mine } = review.votes;
  const thumbs = [
    {
      value: true,
      icon: ThumbsUp,
      label: helpful > 0 ? t("reviews.helpfulCount", { count: helpful }) : t("reviews.helpful"),
    },
    { value: false, icon: ThumbsDown, label: t("reviews.unhelpful") },
  ];
  return (
    <li className="flex flex-col gap-3 border-seam border-b py-6 last:border-0" data-testid="review">
      <Byline review={review} name={review.author ?? t("reviews.somebody")} />
      <ReviewText text={review.text} spoiler={review.spoiler} />
      <div className="-ms-3 flex flex-wrap items-center gap-1">
        {thumbs.map(({ value, icon: Icon, label }) => (
          <Button
            key={label}
            kind="quiet"
            size="sm"
            aria-label={label}
            title={label}
            aria-pressed={mine === value}
            className={cn("px-3", mine === value && "text-ivory")}
            onClick={() => vote.mutate(mine === value ? null : value)}
            data-testid={value ? "vote-helpful" : "vote-unhelpful"}
          >
            <Icon className={cn("size-4", mine === value && "fill-current text-brass")} aria-hidden="true" />
            {value && (
              <span aria-hidden="true">
                {t("reviews.helpful")}
                {helpful > 0 && <span className="ms-1.5">{number(helpful)}</span>}
              </span>
            )}
          </Button>
        ))}
        {review.reported ? (
          <span className="px-3 text-dust text-sm" data-testid="reported">
            {t("reviews.reported")}
          </span>
        ) : (
          <Button kind="quiet" size="sm" onClick={() => setReporting(true)} data-testid="report-review">
            <Flag className="size-4" aria-hidden="true" />
            {t("reviews.report")}
          </Button>
        )}
      </div>
      {vote.error && (
        <p role="alert" className="text-ruby-text text-sm">
          {sentence(vote.error)}
        </p>
      )}
      {reporting && <ReportDialog titleId={titleId} id={review.id} onClose={() => setReporting(false)} />}
    </li>
  );
}
