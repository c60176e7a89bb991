// The viewer's own review: what it says, what became of it, and the ways to change or delete it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnReview } from "@/shared/api/shapes";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { FormError } from "@/shared/ui/notice";
import { Byline } from "./review-line";
import { ReviewText } from "./review-text";
import { useDelete } from "./use-reviews";

interface Props {
  titleId: string;
  review: OwnReview;
  onEdit: () => void;
}

export function OwnReviewCard({ titleId, review, onEdit }: Props) {
  const { t } = useTranslation();
  const [deleting, setDeleting] = useState(false);
  return (
    <section
      aria-label={t("reviews.mine")}
      data-testid="own-review"
      className="mb-2 flex flex-col gap-3 rounded-panel bg-velvet p-5 sm:p-6"
    >
      <Byline review={review} name={t("reviews.mine")} />
      <Standing review={review} />
      <ReviewText text={review.text} spoiler={false} />
      <div className="flex flex-wrap gap-3">
        <Button kind="raised" size="sm" onClick={onEdit} data-testid="edit-review">
          {t("reviews.edit")}
        </Button>
        <Button kind="quiet" size="sm" onClick={() => setDeleting(true)} data-testid="delete-review">
          {t("reviews.delete")}
        </Button>
      </div>
      {deleting && <DeleteDialog titleId={titleId} id={review.id} onClose={() => setDeleting(false)} />}
    </section>
  );
}

/** Why others do not read it, or what a moderator said about it. */
function Standing({ review }: { review: OwnReview }) {
  const { t } = useTranslation();
  const { state, held_for, notice } = review;
  if (state === "visible" && !notice) return null;
  const said = state === "held" ? held_for.map((why) => t(`reviews.held.${why}`)).join(" ") : notice;
  return (
    <div
      role="status"
      data-testid="review-state"
      data-state={state}
      className="rounded-card bg-amber/10 p-3.5 text-sm ring-1 ring-amber/35"
    >
      <p className="font-semibold text-amber">
        {t(state === "visible" ? "reviews.state.warned" : `reviews.state.${state}`)}
      </p>
      {said && (
        <p className="mt-0.5">
          <bdi>{said}</bdi>
        </p>
      )}
    </div>
  );
}

function DeleteDialog({ titleId, id, onClose }: { titleId: string; id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDelete(titleId);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("reviews.deleteTitle")}
      description={t("reviews.deleteText")}
    >
      <div className="flex flex-col gap-4">
        <FormError error={remove.error} />
        <div className="flex flex-wrap gap-3">
          <Button
            busy={remove.isPending}
            onClick={() => remove.mutate(id, { onSuccess: onClose })}
            data-testid="delete-review-sure"
          >
            {t("reviews.delete")}
          </Button>
          <Button kind="raised" data-first onClick={onClose}>
            {t("reviews.keep")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
