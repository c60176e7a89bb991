"""Versions of titles, as editors compare them and go back to them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import BadVersion, IfMatch, version_of
from libs.chassis.problems import PreconditionRequired
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_titles import MOVED_ON
from services.catalog.schemas.admin_titles import AdminTitle
from services.catalog.schemas.fields import FILM
from services.catalog.schemas.versions import Change, Diff, Rollback
from services.catalog.service.credits import UnknownPerson
from services.catalog.service.titles import SlugTaken
from services.catalog.service.trailers import TooManyTrailers
from services.catalog.service.unit_of_work import TitleNotFound, VersionMismatch
from services.catalog.service.versions import NothingToTakeBack, UnknownField, VersionNotFound, Versions

router = APIRouter(prefix="/api/v1/admin/titles", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _versions(request: Request) -> Versions:
    return request.app.state.versions  # type: ignore[no-any-return]


Use = Annotated[Versions, Depends(_versions)]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
Number = Annotated[
    int, Path(ge=1, le=1_000_000_000, description="A version, as the log of edits counts them.", examples=[1])
]


@router.get("/{title_id}/versions/{number}/diff/{other}", responses=raises(TitleNotFound, VersionNotFound))
async def diff_versions(who: Editor, use: Use, title_id: TitleId, number: Number, other: Number) -> Diff:
    """Compare any two versions of a title."""
    changes = await use.diff(title_id, number, other)
    return Diff(changes=[Change(field=name, before=before, after=after) for name, before, after in changes])


@router.post(
    "/{title_id}/rollback",
    responses=raises(
        TitleNotFound,
        VersionNotFound,
        UnknownField,
        UnknownPerson,
        NothingToTakeBack,
        SlugTaken,
        TooManyTrailers,
        VersionMismatch,
        BadVersion,
        PreconditionRequired,
        bodies=MOVED_ON,
    ),
)
async def roll_title_back(
    who: Editor, use: Use, title_id: TitleId, body: Rollback, response: Response, if_match: IfMatch = None
) -> AdminTitle:
    """Go back to what a title said at a version.

    All of it, or the `fields` that are named; what was removed since comes back (texts, trailers), and trailers to their places.
    Pictures come back for 30 days, those of a title that was taken from viewers never. Status, whether there is something to play
    and which encoded version that is stay as they are. Needs `If-Match`; a new version comes of it, so that it can be taken back
    too.
    """
    expect = version_of(if_match, required=True)
    found = presenters.title(await use.roll_back(title_id, body.version, body.fields, who.account_id, expect))
    response.headers["ETag"] = f'"{found.version}"'
    return found
