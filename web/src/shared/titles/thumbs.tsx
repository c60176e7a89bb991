// Thumbs up and down: what a viewer says of a title, as the most and the fewest stars.

import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { useRating } from "./use-rating";
import { useVerdict } from "./use-taste";

const UP = 5;
const DOWN = 1;
/** Stars given elsewhere count as the thumb they lean to; three lean nowhere. */
const MIDDLE = 3;

export function Thumbs({ titleId, mine }: { titleId: string; mine: number | null | undefined }) {
  const { t } = useTranslation();
  const rating = useRating(titleId);
  const verdict = useVerdict(titleId);
  // What was said by thumb counts before the stars, on cards as here.
  const leans = verdict ?? (mine == null || mine === MIDDLE ? null : mine > MIDDLE ? "up" : "down");
  const thumbs = [
    { stars: UP, label: t("title.liked"), icon: ThumbsUp, on: leans === "up" },
    { stars: DOWN, label: t("title.disliked"), icon: ThumbsDown, on: leans === "down" },
  ];
  return (
    <div role="group" aria-label={t("title.rate")} className="flex flex-wrap items-center gap-3">
      {thumbs.map(({ stars, label, icon: Icon, on }) => (
        <Button
          key={stars}
          kind="glass"
          aria-label={label}
          title={label}
          aria-pressed={on}
          data-testid={stars === UP ? "thumb-up" : "thumb-down"}
          onClick={() => rating.mutate(on ? null : stars)}
          className="size-13 px-0"
        >
          <Icon className={cn("size-5", on && "fill-current text-brass")} aria-hidden="true" />
        </Button>
      ))}
      {rating.error && (
        <p role="alert" className="text-ruby-text text-sm">
          {sentence(rating.error)}
        </p>
      )}
    </div>
  );
}
