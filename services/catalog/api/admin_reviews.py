"""What moderators see and decide."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit, TablePage
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.schemas.reviews import REVIEW, DecisionBody, ModeratedReview, State
from services.catalog.service.moderation import Moderation, ReviewChanged
from services.catalog.service.reviews import OwnReviewRefused, ReviewNotFound

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: reviews"])
Moderator = Annotated[Principal, auth.staff("moderator")]


def _moderation(request: Request) -> Moderation:
    return request.app.state.moderation  # type: ignore[no-any-return]


Use = Annotated[Moderation, Depends(_moderation)]
ReviewId = Annotated[UUID, Path(description="A review, from the queue.", examples=[REVIEW])]
Which = Annotated[State, Query(description="`held` is the queue: who waits longest comes first.")]
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Counted from 1.")]


@router.get("/reviews")
async def list_reviews_to_moderate(
    who: Moderator, use: Use, state: Which = "held", page: PageNumber = 1, limit: Limit = 20
) -> TablePage[ModeratedReview]:
    """List reviews for moderators.

    Each with its reports, what it said before, and what was decided about it.
    """
    return await use.table(state, page, limit)


@router.post("/reviews/{review_id}/decision", responses=raises(ReviewNotFound, OwnReviewRefused, ReviewChanged))
async def decide_on_review(who: Moderator, use: Use, review_id: ReviewId, body: DecisionBody) -> ModeratedReview:
    """Decide about a review.

    Keep it, keep it and warn its writer, or remove it. What was reported of it until now is settled by that.
    """
    return await use.decide(review_id, body, who.account_id)
