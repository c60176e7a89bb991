// What viewers wrote about a title, on its page. A child's profile has none of it.

import { ChevronDown, PenLine } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import type { ReviewSort } from "@/shared/api/shapes";
import { Button } from "@/shared/ui/button";
import { Menu, MenuChoices } from "@/shared/ui/menu";
import { OwnReviewCard } from "./own-review";
import { ReviewLine } from "./review-line";
import { useReviews } from "./use-reviews";
import { WriteDialog } from "./write-dialog";

const SORTS: readonly ReviewSort[] = ["helpful", "newest", "highest", "lowest"];

export function Reviews({ titleId, stars }: { titleId: string; stars: number | null }) {
  const { t } = useTranslation();
  const [sort, setSort] = useState<ReviewSort>("helpful");
  const [writing, setWriting] = useState(false);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useReviews(titleId, sort);
  const first = data?.pages[0];
  if (error && !data) {
    return (
      <Frame count={0}>
        <p role="alert" className="text-dust">
          {sentence(error)}{" "}
          <button
            type="button"
            className="font-semibold text-ivory underline underline-offset-4"
            onClick={() => void refetch()}
          >
            {t("common.tryAgain")}
          </button>
        </p>
      </Frame>
    );
  }
  if (!first?.may_write) return null;
  const { mine, count } = first;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Frame
      count={count}
      actions={
        <>
          {items.length > 1 && <SortMenu sort={sort} onChoose={setSort} />}
          {!mine && (
            <Button kind="raised" onClick={() => setWriting(true)} data-testid="write-review">
              <PenLine className="size-4" aria-hidden="true" />
              {t("reviews.write")}
            </Button>
          )}
        </>
      }
    >
      {mine && <OwnReviewCard titleId={titleId} review={mine} onEdit={() => setWriting(true)} />}
      {items.length === 0 && !mine && <p className="text-dust">{t("reviews.empty")}</p>}
      <ul data-testid="review-list" data-sort={sort}>
        {items.map((review) => (
          <ReviewLine key={review.id} titleId={titleId} review={review} />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          kind="raised"
          className="mt-4"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          data-testid="more-reviews"
        >
          {t("reviews.load")}
        </Button>
      )}
      {writing && (
        <WriteDialog titleId={titleId} mine={mine} stars={stars} onClose={() => setWriting(false)} />
      )}
    </Frame>
  );
}

function Frame(props: { count: number; actions?: React.ReactNode; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <section
      className="gutter relative mt-14 scroll-mt-(--header)"
      aria-label={t("reviews.heading")}
      data-testid="reviews"
    >
      <div className="max-w-3xl">
        <div className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
          <h2 className="font-semibold text-lg">
            {t("reviews.heading")}
            {props.count > 0 && (
              <span className="ms-2.5 font-normal text-dust text-sm">
                {t("reviews.count", { count: props.count })}
              </span>
            )}
          </h2>
          {props.actions && (
            <div className="flex flex-wrap items-center justify-between gap-3 max-sm:grow">
              {props.actions}
            </div>
          )}
        </div>
        {props.children}
      </div>
    </section>
  );
}

function SortMenu({ sort, onChoose }: { sort: ReviewSort; onChoose: (sort: ReviewSort) => void }) {
  const { t } = useTranslation();
  return (
    <Menu
      trigger={
        <Button kind="quiet" className="-ms-3 px-3" data-testid="sort-reviews">
          {t(`reviews.sorts.${sort}`)}
          <ChevronDown className="size-4" aria-hidden="true" />
        </Button>
      }
    >
      <MenuChoices
        label={t("reviews.sort")}
        value={sort}
        onChoose={(id) => onChoose(id as ReviewSort)}
        choices={SORTS.map((id) => ({ id, label: t(`reviews.sorts.${id}`) }))}
      />
    </Menu>
  );
}
