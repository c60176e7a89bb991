"""What editors let titles say in other languages."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import IfMatch, version_of
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_titles import MOVED_ON, STALE
from services.catalog.schemas.admin_requests import TextsBody
from services.catalog.schemas.admin_titles import AdminTitle
from services.catalog.schemas.fields import FILM, Language
from services.catalog.service.languages import LanguageEditing, LanguageNotFound
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _language_editing(request: Request) -> LanguageEditing:
    return request.app.state.language_editing  # type: ignore[no-any-return]


Use = Annotated[LanguageEditing, Depends(_language_editing)]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
Tongue = Annotated[Language, Path(description="A language (BCP 47).", examples=["de"])]


@router.put("/titles/{title_id}/texts/{language}", responses=raises(TitleNotFound, *STALE, bodies=MOVED_ON))
async def put_texts(
    who: Editor, use: Use, title_id: TitleId, language: Tongue, body: TextsBody, if_match: IfMatch = None
) -> AdminTitle:
    """Give a title its texts in a language.

    Pictures for a language are put as others are, with `language`. The answer is the whole title. With `If-Match` only of the
    version you read.
    """
    return presenters.title(await use.put(title_id, language, body, who.account_id, version_of(if_match)))


@router.delete(
    "/titles/{title_id}/texts/{language}",
    status_code=204,
    responses=raises(TitleNotFound, LanguageNotFound, *STALE, bodies=MOVED_ON),
)
async def remove_texts(who: Editor, use: Use, title_id: TitleId, language: Tongue, if_match: IfMatch = None) -> None:
    """Take a language from a title, its pictures too."""
    await use.remove(title_id, language, who.account_id, version_of(if_match))
