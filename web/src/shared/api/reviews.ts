// Calls to what viewers write about titles.
import { body, DELETE, GET, POST, PUT } from "./client";
import type { ReportReason, ReviewBody, ReviewSort } from "./shapes";

const PAGE = 10;
const of = (id: string) => ({ params: { path: { review_id: id } } });

export const reviews = (titleId: string, sort: ReviewSort, cursor: string | null) =>
  body(
    GET("/api/v1/titles/{title_id}/reviews", {
      params: { path: { title_id: titleId }, query: { sort, limit: PAGE, ...(cursor ? { cursor } : {}) } },
    }),
  );

export const writeReview = (titleId: string, review: ReviewBody) =>
  body(POST("/api/v1/titles/{title_id}/reviews", { params: { path: { title_id: titleId } }, body: review }));

export const changeReview = (id: string, review: ReviewBody) =>
  body(PUT("/api/v1/reviews/{review_id}", { ...of(id), body: review }));

export async function deleteReview(id: string): Promise<void> {
  await DELETE("/api/v1/reviews/{review_id}", of(id));
}

/** Say whether a review helped; null takes that back. */
export const vote = (id: string, helpful: boolean | null) =>
  body(PUT("/api/v1/reviews/{review_id}/vote", { ...of(id), body: { helpful } }));

export async function reportReview(id: string, reason: ReportReason, note: string): Promise<void> {
  await POST("/api/v1/reviews/{review_id}/report", { ...of(id), body: { reason, note } });
}
