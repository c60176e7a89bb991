"""What moderators do: see what waits for them, and decide. Each decision is kept with who made it, why and when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import TablePage
from libs.chassis.problems import Conflict
from services.catalog.repository import moderation, reviews
from services.catalog.schemas.reviews import DecisionBody, ModeratedReview
from services.catalog.service.reviews import OwnReviewRefused, ReviewNotFound


class ReviewChanged(Conflict):
    """This review was changed or decided about since you read it. Read it again, and decide then."""

    code = "review_changed"


class Moderation:
    """Use cases of moderators. `actor` is the account that acts."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def table(self, state: str, page: int, limit: int) -> TablePage[ModeratedReview]:
        """One page of the reviews in a state."""
        rows, total = await moderation.table(self._db, state, limit=limit, offset=(page - 1) * limit)
        return TablePage[ModeratedReview](
            items=[_whole(row) for row in rows], total=total, page=page, pages=max(1, -(-total // limit))
        )

    async def decide(self, review_id: UUID, body: DecisionBody, actor: UUID) -> ModeratedReview:
        """Keep a review, keep it and warn its writer, or remove it; what was reported of it is settled by that."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            review = await reviews.lock(session, review_id)
            if review is None or review.state == "withdrawn":
                raise ReviewNotFound
            if review.account_id == actor:
                raise OwnReviewRefused
            if review.revision != body.revision:
                raise ReviewChanged
            review.revision += 1
            removed = body.decision == "remove"
            review.state = "removed" if removed else "visible"
            review.held_for = ["removed"] if removed else []
            review.notice = None if body.decision == "keep" else body.reason
            review.waiting_since = None
            await moderation.settle(session, review_id)
            moderation.log(session, review_id, actor, body.decision, body.reason, now)
        found = await moderation.whole(self._db, review_id)
        if found is None:  # its writer has deleted it meanwhile
            raise ReviewNotFound
        return _whole(found)


def _whole(row: Any) -> ModeratedReview:
    lists = {name: row[name] or [] for name in ("reports", "versions", "log")}
    return ModeratedReview.model_validate({**dict(row), **lists})
