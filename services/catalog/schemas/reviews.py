"""Reviews as viewers write and read them, and as moderators do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from libs.chassis.http.pagination import Page
from services.catalog.schemas.browse import RatingSummary
from services.catalog.schemas.fields import FILM, ActorName

LONGEST = 5_000
REVIEW = "01993b40-5e21-7c93-a4d6-1f8e0b2c7a59"
AUTHOR = "01993a00-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
PRAISE = "The lamp room alone is worth the ticket. I have counted flashes ever since."

Stars = Annotated[
    int, Field(strict=True, ge=1, le=5, description="What the profile gives the title; its rating becomes this too.")
]
Given = Annotated[int | None, Field(description="From 1 to 5; null where the rating was taken back.")]
Many = Annotated[int, Field(description="How many.")]
Revision = Annotated[int, Field(description="Grows with every edit and every decision, from 1 on.")]
ReviewText = Annotated[
    str,
    text.Text(LONGEST, shortest=1, lines=True),
    Field(description=f"Plain text, at most {LONGEST} characters; markup and script are shown as they were typed."),
]
State = Literal["visible", "held", "removed"]
HeldFor = Literal["link", "word", "reports", "removed", "decided"]
Reason = Literal["spam", "abuse", "spoiler", "off_topic", "other"]
ReviewSort = Literal["helpful", "newest", "highest", "lowest"]


class ReviewBody(Body):
    """A review, with the stars that go with it; `spoiler` when it tells how things turn out."""

    model_config = ConfigDict(extra="forbid") | example(stars=5, text=PRAISE, spoiler=False)

    stars: Stars
    text: ReviewText
    spoiler: bool = False


class VoteBody(Body):
    """Whether the review helped; null takes the vote back."""

    model_config = ConfigDict(extra="forbid") | example(helpful=True)

    helpful: bool | None


class ReportBody(Body):
    """What is wrong with the review."""

    model_config = ConfigDict(extra="forbid") | example(
        reason="spoiler", note="The second sentence gives the ending away."
    )

    reason: Reason
    note: Annotated[str, text.paragraph(500)] = ""


class Votes(BaseModel):
    """How many found the review helpful and how many did not; `mine` is this profile's own vote."""

    model_config = example(helpful=12, unhelpful=1, mine=True)

    helpful: Many
    unhelpful: Many
    mine: bool | None


class ReviewItem(BaseModel):
    """What somebody wrote. `author` is the profile's name, null until it is known; `stars` null where they were taken back."""

    model_config = example(
        id=REVIEW,
        author="Maren",
        stars=5,
        text=PRAISE,
        spoiler=False,
        written_at="2026-11-22T19:04:00Z",
        reported=False,
    )

    id: UUID
    author: str | None
    stars: Given
    text: str
    spoiler: bool
    votes: Votes
    reported: bool = Field(description="Whether this account has reported it.")
    written_at: datetime
    edited_at: datetime | None


class OwnReview(BaseModel):
    """The profile's own review. `held`: others read it once a moderator has looked, for the reasons `held_for`.

    `notice` is a sentence for its writer: why it is held, or what a moderator said about it.
    """

    model_config = example(
        id=REVIEW,
        author="Maren",
        stars=5,
        text=PRAISE,
        spoiler=False,
        state="visible",
        held_for=[],
        written_at="2026-11-22T19:04:00Z",
    )

    id: UUID
    author: str | None
    stars: Given
    text: str
    spoiler: bool
    votes: Votes
    state: State
    held_for: list[HeldFor]
    notice: str | None
    written_at: datetime
    edited_at: datetime | None


class Reviews(Page[ReviewItem]):
    """What others wrote about a title, and what this profile did; `count` is how many are shown to everybody."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "What others wrote about a title, and what this profile did (`mine`); `count` is how many are"
            " shown to everybody. A child's profile has none.",
            "examples": [{"count": 34, "may_write": True, "next_cursor": "WyJoZWxwZnVsIiwxMV0"}],
        }
    )

    mine: OwnReview | None
    count: Many
    may_write: bool = Field(description="Whether this profile may write, vote and report: a child's may not.")


class Written(BaseModel):
    """The review as it is kept, and the title's rating with its stars."""

    review: OwnReview
    rating: RatingSummary


class ReviewExistsProblem(ProblemDetails):
    """`review_exists` names the review that there is."""

    review_id: UUID | None = None


class ReportItem(BaseModel):
    """What an account has against a review; `settled` once a moderator has decided about it."""

    model_config = example(reason="spoiler", note="", settled=False, reported_at="2026-11-23T08:15:00Z")

    reason: Reason
    note: str
    settled: bool
    reported_at: datetime


class VersionItem(BaseModel):
    """The review as it was until `replaced_at`."""

    model_config = example(revision=1, text="Too dark.", spoiler=False, stars=3, replaced_at="2026-11-22T19:30:00Z")

    revision: Revision
    text: str
    spoiler: bool
    stars: Given
    replaced_at: datetime


class LogItem(BaseModel):
    """What was done: `held` and `hidden` by the rules and `withdrawn` by its writer, without an
    `actor`; `keep`, `remove` and `warn` by a moderator."""

    model_config = example(
        actor=None, actor_name=None, action="hidden", why="Reported by 3 accounts.", at="2026-11-23T09:00:00Z"
    )

    actor: UUID | None
    actor_name: ActorName = None
    action: str
    why: str
    at: datetime


class ModeratedReview(BaseModel):
    """A review with all that was said about it. `revision` is what a decision names."""

    model_config = example(
        id=REVIEW,
        title_id=FILM,
        title_name="The Ninth Flash",
        account_id=AUTHOR,
        profile_id="01993a00-1c2e-7b50-9d61-7e8f90a1b2c3",
        author="Maren",
        stars=5,
        text=PRAISE,
        spoiler=False,
        state="held",
        held_for=["reports"],
        revision=2,
        helpful=12,
        unhelpful=1,
        written_at="2026-11-22T19:04:00Z",
        waiting_since="2026-11-23T09:00:00Z",
    )

    id: UUID
    title_id: UUID
    title_name: str
    account_id: UUID
    profile_id: UUID
    author: str | None
    stars: Given
    text: str
    spoiler: bool
    state: State
    held_for: list[HeldFor]
    notice: str | None
    revision: Revision
    helpful: Many
    unhelpful: Many
    written_at: datetime
    edited_at: datetime | None
    waiting_since: datetime | None
    reports: list[ReportItem]
    versions: list[VersionItem]
    log: list[LogItem]


class DecisionBody(Body):
    """`keep` shows the review, `warn` shows it and tells its writer the `reason`, `remove` takes it away with the `reason`.

    `revision` is the one you read: whoever decides second is told so.
    """

    model_config = ConfigDict(extra="forbid") | example(
        decision="remove", reason="It insults the director's family.", revision=2
    )

    decision: Literal["keep", "remove", "warn"]
    reason: Annotated[str, text.Text(500, shortest=1, lines=True)]
    revision: int = Field(ge=1, le=1_000_000_000)
