// Thumbs up and down: what a viewer says of a title, as the most and the fewest stars.

import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { useRating } from "./use-rating";
import { useVerdict } from "./use-taste";
import { leaning, STARS } from "./verdicts";

export function Thumbs({ titleId, mine }: { titleId: string; mine: number | null | undefined }) {
  const { t } = useTranslation();
  const rating = useRating(titleId);
  const verdict = useVerdict(titleId);
  // What was said by thumb counts before the stars, on cards as here.
  const leans = verdict ?? leaning(mine);
  const thumbs = [
    { thumb: "up", label: t("title.liked"), icon: ThumbsUp },
    { thumb: "down", label: t("title.disliked"), icon: ThumbsDown },
  ] as const;
  return (
    <div role="group" aria-label={t("title.rate")} className="flex flex-wrap items-center gap-3">
      {thumbs.map(({ thumb, label, icon: Icon }) => (
        <Button
          key={thumb}
          kind="glass"
          aria-label={label}
          title={label}
          aria-pressed={leans === thumb}
          data-testid={`thumb-${thumb}`}
          onClick={() => rating.mutate(leans === thumb ? null : STARS[thumb])}
          className="size-13 px-0"
        >
          <Icon className={cn("size-5", leans === thumb && "fill-current text-brass")} aria-hidden="true" />
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
