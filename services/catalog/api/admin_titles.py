"""What editors do with titles, seasons and episodes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.chassis import auth
from libs.chassis.pages import Limit, TablePage
from libs.chassis.tokens import Principal
from services.catalog.api import presenting
from services.catalog.api.conditional import IfMatch, version_of
from services.catalog.schemas.admin import (
    AdminTitle,
    AdminTitleRow,
    AuditItem,
    Created,
    EpisodeCreated,
    EpisodePatch,
    Lifecycle,
    NewEpisode,
    NewSeason,
    NewTitle,
    SeasonCreated,
    SeasonPatch,
    TitlePatch,
)
from services.catalog.schemas.fields import Slug, Status, TitleType, Word
from services.catalog.service.editing import Editing

router = APIRouter(prefix="/api/v1/admin", tags=["catalog admin"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _editing(request: Request) -> Editing:
    return request.app.state.editing  # type: ignore[no-any-return]


Use = Annotated[Editing, Depends(_editing)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]


def _with_version(response: Response, title: AdminTitle) -> AdminTitle:
    response.headers["ETag"] = f'"{title.version}"'
    response.headers["Cache-Control"] = "private, no-store"
    return title


@router.post("/titles", status_code=201)
async def create_title(who: Editor, use: Use, body: NewTitle, response: Response) -> Created:
    """Create a film or series as a draft. 409 `slug_taken` carries the `id` of the title that has the slug."""
    whole = await use.create(body, who.account_id)
    response.headers["Location"] = f"/api/v1/admin/titles/{whole.title.id}"
    response.headers["ETag"] = f'"{whole.title.version}"'
    return presenting.created(whole)


@router.get("/titles")
async def list_titles_for_editors(
    who: Editor,
    use: Use,
    slug: Annotated[Slug | None, Query()] = None,
    status: Status | None = None,
    type: TitleType | None = None,
    q: Word | None = None,
    page: PageNumber = 1,
    limit: Limit = 50,
) -> TablePage[AdminTitleRow]:
    """The table of titles, the newest first."""  # fmt: skip
    rows, total = await use.table(slug=slug, status=status, kind=type, query=q, page=page, limit=limit)
    return TablePage[AdminTitleRow](
        items=[presenting.row(item) for item in rows], total=total, page=page, pages=max(1, -(-total // limit))
    )


@router.get("/titles/{title_id}")
async def get_title_for_editors(who: Editor, use: Use, title_id: UUID, response: Response) -> AdminTitle:
    """A title with everything that belongs to it; its ETag is its version."""
    return _with_version(response, presenting.title(await use.read(title_id)))


@router.patch("/titles/{title_id}")
async def change_title(
    who: Editor, use: Use, title_id: UUID, body: TitlePatch, response: Response, if_match: IfMatch = None
) -> AdminTitle:
    """Change fields. If-Match names the version you read: 412 if it has moved on, 428 without it."""
    expect = version_of(if_match, required=True)
    return _with_version(response, presenting.title(await use.change(title_id, body, who.account_id, expect)))


@router.get("/titles/{title_id}/audit")
async def title_audit(who: Editor, use: Use, title_id: UUID, limit: Limit = 50) -> list[AuditItem]:
    """Who changed what of this title, the newest first."""
    return [AuditItem.model_validate(item, from_attributes=True) for item in await use.audit(title_id, limit)]


@router.post("/titles/{title_id}/publish")
async def publish_title(who: Editor, use: Use, title_id: UUID, if_match: IfMatch = None) -> Lifecycle:
    """Show a title to viewers. 409 `not_playable` lists what is `missing`: a film needs a ready asset, a series an
    episode with one. Publishing what is published already changes nothing."""
    return presenting.lifecycle(await use.act(title_id, "publish", who.account_id, version_of(if_match)))


@router.post("/titles/{title_id}/unpublish")
async def unpublish_title(who: Editor, use: Use, title_id: UUID, if_match: IfMatch = None) -> Lifecycle:
    """Hide a title from viewers; it is a draft again."""
    return presenting.lifecycle(await use.act(title_id, "unpublish", who.account_id, version_of(if_match)))


@router.post("/titles/{title_id}/archive")
async def archive_title(who: Editor, use: Use, title_id: UUID, if_match: IfMatch = None) -> Lifecycle:
    """Put a title away, from whatever status."""
    return presenting.lifecycle(await use.act(title_id, "archive", who.account_id, version_of(if_match)))


@router.post("/titles/{title_id}/restore")
async def restore_title(who: Editor, use: Use, title_id: UUID, if_match: IfMatch = None) -> Lifecycle:
    """Bring an archived title back as a draft."""
    return presenting.lifecycle(await use.act(title_id, "restore", who.account_id, version_of(if_match)))


@router.post("/titles/{title_id}/seasons", status_code=201)
async def create_season(who: Editor, use: Use, title_id: UUID, body: NewSeason) -> SeasonCreated:
    """Add a season to a series. 409 `season_exists` carries the `id` of the one there is."""
    season = await use.add_season(title_id, body, who.account_id)
    return SeasonCreated(id=season.id, number=season.number, name=season.name)


@router.patch("/seasons/{season_id}")
async def change_season(who: Editor, use: Use, season_id: UUID, body: SeasonPatch) -> SeasonCreated:
    """Rename a season."""
    season = await use.change_season(season_id, body.name, who.account_id)
    return SeasonCreated(id=season.id, number=season.number, name=season.name)


@router.post("/seasons/{season_id}/episodes", status_code=201)
async def create_episode(who: Editor, use: Use, season_id: UUID, body: NewEpisode) -> EpisodeCreated:
    """Add an episode. 409 `episode_exists` carries the `id` and `playable_id` of the one there is."""
    episode = await use.add_episode(season_id, body, who.account_id)
    return EpisodeCreated(id=episode.id, playable_id=episode.playable_id, number=episode.number, name=episode.name)


@router.patch("/episodes/{episode_id}")
async def change_episode(who: Editor, use: Use, episode_id: UUID, body: EpisodePatch) -> AdminTitle:
    """Change fields of an episode; the answer is its whole title."""
    return presenting.title(await use.change_episode(episode_id, body, who.account_id))
