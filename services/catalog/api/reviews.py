"""What viewers ask for and say in reviews."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Cursor, Limit
from libs.chassis.security import auth
from services.catalog.schemas.fields import FILM
from services.catalog.schemas.reviews import (
    REVIEW,
    ReportBody,
    ReviewBody,
    ReviewExistsProblem,
    Reviews,
    ReviewSort,
    VoteBody,
    Votes,
    Written,
)
from services.catalog.service.reviews import (
    NoReviewsForKids,
    OwnReviewRefused,
    ReviewExists,
    Reviewing,
    ReviewNotFound,
)
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1", tags=["Reviews"])


def _reviewing(request: Request) -> Reviewing:
    return request.app.state.reviewing  # type: ignore[no-any-return]


Use = Annotated[Reviewing, Depends(_reviewing)]
TitleId = Annotated[UUID, Path(description="A title, from any list.", examples=[FILM])]
ReviewId = Annotated[UUID, Path(description="A review, from a title's reviews.", examples=[REVIEW])]
Order = Annotated[ReviewSort, Query(description="`helpful` by votes, `highest` and `lowest` by stars.")]


@router.get("/titles/{title_id}/reviews", responses=raises(TitleNotFound))
async def list_reviews(
    who: auth.Profile, use: Use, title_id: TitleId, sort: Order = "helpful", limit: Limit = 20, cursor: Cursor = None
) -> Reviews:
    """List the reviews of a title.

    Those that others wrote, and in `mine` this profile's own, in whatever state it is. A child's profile sees none.
    """
    return await use.page(who, title_id, sort=sort, limit=limit, cursor=cursor)


@router.post(
    "/titles/{title_id}/reviews",
    status_code=201,
    responses=raises(
        TitleNotFound, NoReviewsForKids, ReviewExists, auth.ProfileRequired, bodies={409: ReviewExistsProblem}
    ),
)
async def write_review(who: auth.Profile, use: Use, title_id: TitleId, body: ReviewBody) -> Written:
    """Review a title.

    A profile has one review of each title, and its stars are the profile's rating. One with a link or a listed word is
    `held` until a moderator has looked at it; `notice` says so.
    """
    return await use.write(who, title_id, body)


@router.put("/reviews/{review_id}", responses=raises(ReviewNotFound, NoReviewsForKids, auth.ProfileRequired))
async def change_review(who: auth.Profile, use: Use, review_id: ReviewId, body: ReviewBody) -> Written:
    """Change my review.

    What it said before is kept for moderators. Once it was removed, and while reports of it are looked at, the new words wait
    for a moderator too.
    """
    return await use.change(who, review_id, body)


@router.delete("/reviews/{review_id}", status_code=204, responses=raises(ReviewNotFound))
async def delete_review(who: auth.Profile, use: Use, review_id: ReviewId) -> None:
    """Delete my review.

    The rating stays; it is taken back by itself. Of one that was reported or removed moderators keep the record; one that was
    hidden waits for them when it is written again.
    """
    await use.delete(who, review_id)


@router.put(
    "/reviews/{review_id}/vote",
    responses=raises(ReviewNotFound, NoReviewsForKids, OwnReviewRefused, auth.ProfileRequired),
)
async def vote_on_review(who: auth.Profile, use: Use, review_id: ReviewId, body: VoteBody) -> Votes:
    """Say whether a review helped.

    A profile has one vote on each review of others, the last one counts.
    """
    return await use.vote(who, review_id, body.helpful)


@router.post(
    "/reviews/{review_id}/report",
    status_code=204,
    responses=raises(ReviewNotFound, NoReviewsForKids, OwnReviewRefused, auth.ProfileRequired),
)
async def report_review(who: auth.Profile, use: Use, review_id: ReviewId, body: ReportBody) -> None:
    """Report a review.

    An account is heard once about each review. Reported by several, it is hidden until a moderator has decided.
    """
    await use.report(who, review_id, body)
