"""What editors read of edits: who made them, and why one was refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from services.catalog.schemas.fields import EPISODE, EPISODE_PLAYABLE, FILM, ActorName


class AuditItem(BaseModel):
    """One edit: `actor` is the account, null for the pipeline."""

    model_config = example(
        id="01993a31-6c0b-7e82-95d7-3f1a8b4c6d20",
        actor="01993a00-0f1e-7a2b-8c3d-4e5f6a7b8c9d",
        actor_name="Maren",
        action="change",
        version=6,
        before={"maturity": 12},
        after={"maturity": 16},
        at="2026-11-19T17:44:02Z",
    )

    id: UUID
    actor: UUID | None
    actor_name: ActorName = None
    action: str
    version: int | None = Field(description="The version that the edit made; null where it is not known.")
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime


class ExistsProblem(ProblemDetails):
    """What should be made is there already: as this `id`, where that is known."""

    id: UUID | None = Field(default=None, examples=[FILM])


class TitleConflictProblem(ExistsProblem):
    """`slug_taken` has the `id` of the title that has the slug, `not_playable` what is `missing`."""

    missing: list[str] = Field(default=[], examples=[["asset"]])


class EpisodeExistsProblem(ProblemDetails):
    """The episode is there already."""

    id: UUID = Field(examples=[EPISODE])
    playable_id: UUID = Field(examples=[EPISODE_PLAYABLE])


class VersionProblem(ProblemDetails):
    """Somebody else's edit came first; `version` is what they made of it."""

    version: int = Field(examples=[8])


class NotPlayableProblem(ProblemDetails):
    """What publishing still needs; nothing where the status is what does not allow it."""

    missing: list[str] = Field(default=[], examples=[["asset"]])
