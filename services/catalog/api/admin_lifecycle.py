"""A title's way from draft to archive, as staff take it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import BadVersion, IfMatch, version_of
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_titles import MOVED_ON
from services.catalog.schemas import lifecycle as bodies
from services.catalog.schemas.admin_audit import NotPlayableProblem
from services.catalog.schemas.admin_titles import Lifecycle
from services.catalog.schemas.fields import FILM
from services.catalog.service.lifecycle import (
    BadSchedule,
    Lifecycles,
    NotApproved,
    NotPlayable,
    OwnSubmission,
    WrongStatus,
)
from services.catalog.service.unit_of_work import TitleNotFound, VersionMismatch

router = APIRouter(prefix="/api/v1/admin/titles", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _lifecycles(request: Request) -> Lifecycles:
    return request.app.state.lifecycles  # type: ignore[no-any-return]


Use = Annotated[Lifecycles, Depends(_lifecycles)]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
STEP = TitleNotFound, WrongStatus, VersionMismatch, BadVersion
LACKS: dict[int, type[BaseModel]] = MOVED_ON | {409: NotPlayableProblem}


def _why(body: bodies.Reason | None) -> str:
    return body.reason if body else ""


@router.post("/{title_id}/submit", responses=raises(*STEP, bodies=MOVED_ON))
async def submit_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Submit a draft for review."""
    return presenters.lifecycle(await use.act(title_id, "submit", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/approve", responses=raises(*STEP, OwnSubmission, bodies=MOVED_ON))
async def approve_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Approve a title that was submitted.

    Not by whoever submitted it or changed it since it was approved last, unless that is a super admin.
    """
    return presenters.lifecycle(await use.act(title_id, "approve", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/reject", responses=raises(*STEP, bodies=MOVED_ON))
async def reject_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Rejection, if_match: IfMatch = None
) -> Lifecycle:
    """Send a title back to its draft, with the reason."""
    return presenters.lifecycle(await use.act(title_id, "reject", who, version_of(if_match), body.reason))


@router.post(
    "/{title_id}/publish",
    responses=raises(*STEP, NotPlayable, NotApproved, bodies=LACKS),
)
async def publish_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Publish a title: show it to viewers.

    A draft is published by a super admin; whoever else submits it first (`not_approved`), unless this house does without that.
    `not_playable` lists what is `missing`: a film needs a ready asset, a series an episode with one. Publishing what is published
    already changes nothing. A planned `expire_at` stays.
    """
    return presenters.lifecycle(await use.act(title_id, "publish", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/unpublish", responses=raises(*STEP, bodies=MOVED_ON))
async def unpublish_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Hide a title from viewers and make it a draft again."""
    return presenters.lifecycle(await use.act(title_id, "unpublish", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/archive", responses=raises(*STEP, bodies=MOVED_ON))
async def archive_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Archive a title, from whatever status.

    Its `publish_at` and `expire_at` go: a title that comes back has no end.
    """
    return presenters.lifecycle(await use.act(title_id, "archive", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/restore", responses=raises(*STEP, bodies=MOVED_ON))
async def restore_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.Reason | None = None, if_match: IfMatch = None
) -> Lifecycle:
    """Bring an archived title back as a draft.

    Without a schedule: the end it had went when it was archived.
    """
    return presenters.lifecycle(await use.act(title_id, "restore", who, version_of(if_match), _why(body)))


@router.post("/{title_id}/schedule", responses=raises(*STEP, NotPlayable, NotApproved, BadSchedule, bodies=LACKS))
async def schedule_title(
    who: Editor, use: Use, title_id: TitleId, body: bodies.ScheduleBody, if_match: IfMatch = None
) -> Lifecycle:
    """Have a title published, and archived, by itself.

    To the second, also after a downtime. Of what is published already only `expire_at` is set, or taken off with null.
    """
    whole, _ = await use.schedule(
        title_id,
        who,
        version_of(if_match),
        publish_at=body.publish_at,
        expire_at=body.expire_at,
        reason=body.reason,
    )
    return presenters.lifecycle(whole)


@router.get("/{title_id}/lifecycle", responses=raises(TitleNotFound))
async def title_lifecycle(who: Editor, use: Use, title_id: TitleId) -> bodies.Path:
    """Read every step of a title, with who took it and why."""
    steps, planned = await use.path(title_id)
    return bodies.Path(
        steps=[
            bodies.Step.model_validate(item, from_attributes=True).model_copy(update={"actor_name": name})
            for item, name in steps
        ],
        schedule=bodies.Planned.model_validate(planned, from_attributes=True) if planned else None,
    )
