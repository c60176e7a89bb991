// Calls of moderators: what waits for them, and what they decide.
import { body, GET, POST } from "./client";
import type { ModeratedReview, ReviewDecision, ReviewState } from "./shapes";

const PAGE = 20;

export const moderated = (state: ReviewState, page: number) =>
  body(GET("/api/v1/admin/reviews", { params: { query: { state, page, limit: PAGE } } }));

export const decide = ({ id, revision }: ModeratedReview, decision: ReviewDecision, reason: string) =>
  body(
    POST("/api/v1/admin/reviews/{review_id}/decision", {
      params: { path: { review_id: id } },
      body: { decision, reason, revision },
    }),
  );
