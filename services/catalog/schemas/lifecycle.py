"""A title's steps from draft to archive, as staff take them and read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.catalog.schemas.fields import ActorName, Moment, Status

Why = Annotated[str, text.paragraph(1000)]


class Reason(Body):
    """Why a step is taken; it stays with the title."""

    model_config = ConfigDict(extra="forbid") | example(reason="The subtitles are checked.")

    reason: Why = ""


class Rejection(Body):
    """What has to change before the title is submitted again."""

    model_config = ConfigDict(extra="forbid") | example(reason="The poster says the wrong year.")

    reason: Annotated[str, text.Text(1000, shortest=1, lines=True)]


class ScheduleBody(Body):
    """When a title is published (unless it is), and when it is archived; either may be left out.

    `expire_at` null takes the end off a title that is published.
    """

    model_config = ConfigDict(extra="forbid") | example(
        publish_at="2026-12-24T18:00:00Z", expire_at="2027-01-07T00:00:00Z"
    )

    publish_at: Moment | None = None
    expire_at: Moment | None = None
    reason: Why = ""

    @model_validator(mode="after")
    def says_a_moment(self) -> Self:
        """Refuse a schedule of nothing."""
        if self.publish_at is None and "expire_at" not in self.model_fields_set:
            raise ValueError("publish_at or expire_at must be given; expire_at null takes an end off")
        return self


class Planned(BaseModel):
    """When a title goes on by itself; `detail` says why it did not when it should have."""

    model_config = example(publish_at="2026-12-24T18:00:00Z", detail="")

    publish_at: datetime | None
    expire_at: datetime | None
    detail: str


class Step(BaseModel):
    """A step: `actor` is the account that took it, null for a schedule."""

    model_config = example(
        actor="01993a00-0f1e-7a2b-8c3d-4e5f6a7b8c9d",
        actor_name="Maren",
        action="submit",
        came_from="draft",
        status="review",
        reason="",
        at="2026-11-19T17:44:02Z",
    )

    actor: UUID | None
    actor_name: ActorName = None
    action: str
    came_from: Status
    status: Status
    reason: str
    at: datetime


class Path(BaseModel):
    """Where a title has been, from its beginning, and when it goes on by itself."""

    steps: list[Step]
    schedule: Planned | None = Field(examples=[None])
