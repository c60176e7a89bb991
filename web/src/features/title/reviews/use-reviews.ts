// A title's reviews in this app: read page by page, and changed in place by what the viewer does.

import { type InfiniteData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { keys, queries } from "@/shared/api/queries";
import { changeReview, deleteReview, reportReview, reviews, vote, writeReview } from "@/shared/api/reviews";
import type { ReportReason, Review, ReviewBody, ReviewSort, Reviews, Title } from "@/shared/api/shapes";
import { forgetDrafts } from "./drafts";
import { voted } from "./votes";

export function useReviews(titleId: string, sort: ReviewSort) {
  return useInfiniteQuery({
    queryKey: keys.reviews(titleId, sort),
    queryFn: ({ pageParam }) => reviews(titleId, sort, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    // Another order takes the place of this one when it is there.
    placeholderData: (before) => before,
  });
}

/** Show one review as changed, in whatever order it is on screen. */
function show(titleId: string, id: string, change: (review: Review) => Partial<Review>): void {
  queries.setQueriesData<InfiniteData<Reviews>>({ queryKey: keys.reviews(titleId) }, (data) =>
    data
      ? {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            items: page.items.map((item) => (item.id === id ? { ...item, ...change(item) } : item)),
          })),
        }
      : data,
  );
}

const readAgain = (titleId: string) => queries.invalidateQueries({ queryKey: keys.reviews(titleId) });

/** Write the review, or change it where there is one: its stars are the title's rating too. */
export function useSave(titleId: string, id: string | null) {
  return useMutation({
    mutationFn: (review: ReviewBody) => (id ? changeReview(id, review) : writeReview(titleId, review)),
    onSuccess: async ({ review, rating }) => {
      forgetDrafts(titleId);
      queries.setQueryData<Title>(
        keys.title(titleId),
        (title) => title && { ...title, rating, my_rating: review.stars },
      );
      await readAgain(titleId);
    },
  });
}

export function useDelete(titleId: string) {
  return useMutation({
    mutationFn: deleteReview,
    onSuccess: () => {
      forgetDrafts(titleId);
      return readAgain(titleId);
    },
  });
}

/** Vote, shown at once and undone when it fails. */
export function useVote(titleId: string, review: Review) {
  return useMutation({
    mutationFn: (helpful: boolean | null) => vote(review.id, helpful),
    onMutate: (helpful) => show(titleId, review.id, ({ votes }) => ({ votes: voted(votes, helpful) })),
    onError: () => show(titleId, review.id, () => ({ votes: review.votes })),
    onSuccess: (votes) => show(titleId, review.id, () => ({ votes })),
  });
}

export function useReport(titleId: string, id: string) {
  return useMutation({
    mutationFn: ({ reason, note }: { reason: ReportReason; note: string }) => reportReview(id, reason, note),
    onSuccess: () => show(titleId, id, () => ({ reported: true })),
  });
}
