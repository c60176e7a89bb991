"""Reminders: what a profile waits for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.watchstate import schemas
from services.watchstate.service.kept import TitleNotFound
from services.watchstate.service.reminders import AlreadyHere, Reminders, TooManyReminders

router = APIRouter(prefix="/api/v1/me/reminders", tags=["My List"])


def _reminders(request: Request) -> Reminders:
    return request.app.state.reminders  # type: ignore[no-any-return]


Use = Annotated[Reminders, Depends(_reminders)]
TitleId = Annotated[UUID, Path(description="A title that cannot be played yet.", examples=[schemas.FILM])]


@router.get("")
async def get_reminders(who: auth.Profile, use: Use) -> schemas.Reminders:
    """Read what this profile waits for.

    What has arrived comes first and stays for 30 days, unless its reminder is removed. What this profile may not see
    at the moment is left out.
    """
    return await use.items(who)


@router.put("/{title_id}", status_code=204, responses=raises(TitleNotFound, AlreadyHere, TooManyReminders))
async def add_reminder(who: auth.Profile, use: Use, title_id: TitleId) -> None:
    """Be told when a title can be played.

    Up to 200 at a time; asking again changes nothing.
    """
    await use.ask(who, title_id)


@router.delete("/{title_id}", status_code=204)
async def remove_reminder(who: auth.Profile, use: Use, title_id: TitleId) -> None:
    """Wait for a title no more, or take note that it has arrived.

    It is no error if there is no reminder.
    """
    await use.end(who, title_id)
