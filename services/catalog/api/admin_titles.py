"""What editors do with titles, seasons and episodes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit, TablePage
from libs.chassis.http.versions import BadVersion, IfMatch, tag, version_of
from libs.chassis.problems import PreconditionRequired
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.schemas.admin_audit import (
    AuditItem,
    EpisodeExistsProblem,
    ExistsProblem,
    TitleConflictProblem,
    VersionProblem,
)
from services.catalog.schemas.admin_requests import (
    EpisodePatch,
    NewEpisode,
    NewSeason,
    NewTitle,
    SeasonPatch,
    TitlePatch,
)
from services.catalog.schemas.admin_titles import AdminTitle, AdminTitleRow, Created, EpisodeCreated, SeasonCreated
from services.catalog.schemas.fields import EPISODE, FILM, SEASON, Slug, Status, TitleType, Word
from services.catalog.service.credits import UnknownPerson
from services.catalog.service.lifecycle import NotPlayable
from services.catalog.service.titles import (
    EpisodeExists,
    EpisodeNotFound,
    HasFilm,
    NotASeries,
    SeasonExists,
    SeasonNotFound,
    SlugTaken,
    TitleEditing,
)
from services.catalog.service.unit_of_work import TitleNotFound, VersionMismatch

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _title_editing(request: Request) -> TitleEditing:
    return request.app.state.title_editing  # type: ignore[no-any-return]


Use = Annotated[TitleEditing, Depends(_title_editing)]
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page; the first is 1.")]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
SeasonId = Annotated[UUID, Path(description="A season of a series.", examples=[SEASON])]
EpisodeId = Annotated[UUID, Path(description="An episode of a series.", examples=[EPISODE])]
EXISTS: dict[int, type[BaseModel]] = {409: ExistsProblem}
MOVED_ON: dict[int, type[BaseModel]] = {412: VersionProblem}
STALE = VersionMismatch, BadVersion


def _with_version(response: Response, title: AdminTitle) -> AdminTitle:
    tag(response, title.version)
    return title


@router.post("/titles", status_code=201, responses=raises(SlugTaken, UnknownPerson, bodies=EXISTS))
async def create_title(who: Editor, use: Use, body: NewTitle, response: Response) -> Created:
    """Create a film or a series, as a draft.

    `slug_taken` carries the `id` of the title that has the slug, so that creating may be repeated.
    """
    whole = await use.create(body, who.account_id)
    response.headers["Location"] = f"/api/v1/admin/titles/{whole.title.id}"
    response.headers["ETag"] = f'"{whole.title.version}"'
    return presenters.created(whole)


@router.get("/titles")
async def list_titles_for_editors(
    who: Editor,
    use: Use,
    slug: Annotated[Slug | None, Query(description="The title with this slug.", examples=["the-ninth-flash"])] = None,
    status: Annotated[Status | None, Query(description="Only titles in this status.")] = None,
    type: Annotated[TitleType | None, Query(description="Only films, or only series.")] = None,
    q: Annotated[Word | None, Query(description="Words of the name.", examples=["flash"])] = None,
    page: PageNumber = 1,
    limit: Limit = 50,
) -> TablePage[AdminTitleRow]:
    """List titles in every status, the newest first."""  # fmt: skip
    rows, total = await use.table(slug=slug, status=status, kind=type, query=q, page=page, limit=limit)
    return TablePage[AdminTitleRow](
        items=[presenters.row(item) for item in rows], total=total, page=page, pages=max(1, -(-total // limit))
    )


@router.get("/titles/{title_id}", responses=raises(TitleNotFound))
async def get_title_for_editors(who: Editor, use: Use, title_id: TitleId, response: Response) -> AdminTitle:
    """Read a title with everything that belongs to it.

    Its `ETag` is its version, to be given back in `If-Match`.
    """
    return _with_version(response, presenters.title(await use.read(title_id)))


@router.patch(
    "/titles/{title_id}",
    responses=raises(
        TitleNotFound,
        VersionMismatch,
        BadVersion,
        PreconditionRequired,
        SlugTaken,
        HasFilm,
        UnknownPerson,
        NotPlayable,
        bodies=MOVED_ON | {409: TitleConflictProblem},
    ),
)
async def change_title(
    who: Editor, use: Use, title_id: TitleId, body: TitlePatch, response: Response, if_match: IfMatch = None
) -> AdminTitle:
    """Change a title's fields.

    Needs `If-Match` with the version you read, so that nobody's edit is lost: 412 carries the `version` it has moved on to.
    """
    expect = version_of(if_match, required=True)
    return _with_version(response, presenters.title(await use.change(title_id, body, who.account_id, expect)))


@router.get("/titles/{title_id}/audit", responses=raises(TitleNotFound))
async def title_audit(who: Editor, use: Use, title_id: TitleId, limit: Limit = 50) -> list[AuditItem]:
    """List who changed what of a title, the newest first."""
    return await use.audit(title_id, limit)


@router.post(
    "/titles/{title_id}/seasons",
    status_code=201,
    responses=raises(TitleNotFound, NotASeries, SeasonExists, *STALE, bodies=EXISTS | MOVED_ON),
)
async def create_season(
    who: Editor, use: Use, title_id: TitleId, body: NewSeason, if_match: IfMatch = None
) -> SeasonCreated:
    """Add a season to a series.

    `season_exists` carries the `id` of the one there is. With `If-Match` only where the title is at that version.
    """
    season = await use.add_season(title_id, body, who.account_id, version_of(if_match))
    return SeasonCreated(id=season.id, number=season.number, name=season.name)


@router.patch("/seasons/{season_id}", responses=raises(SeasonNotFound, *STALE, bodies=MOVED_ON))
async def change_season(
    who: Editor, use: Use, season_id: SeasonId, body: SeasonPatch, if_match: IfMatch = None
) -> SeasonCreated:
    """Rename a season.

    With `If-Match` only where its title is at that version.
    """
    season = await use.change_season(season_id, body, who.account_id, version_of(if_match))
    return SeasonCreated(id=season.id, number=season.number, name=season.name)


@router.post(
    "/seasons/{season_id}/episodes",
    status_code=201,
    responses=raises(
        SeasonNotFound, EpisodeExists, UnknownPerson, *STALE, bodies=MOVED_ON | {409: EpisodeExistsProblem}
    ),
)
async def create_episode(
    who: Editor, use: Use, season_id: SeasonId, body: NewEpisode, if_match: IfMatch = None
) -> EpisodeCreated:
    """Add an episode to a season.

    `episode_exists` carries the `id` and the `playable_id` of the one there is. With `If-Match` only where its title is at that
    version.
    """
    episode = await use.add_episode(season_id, body, who.account_id, version_of(if_match))
    return EpisodeCreated(id=episode.id, playable_id=episode.playable_id, number=episode.number, name=episode.name)


@router.patch("/episodes/{episode_id}", responses=raises(EpisodeNotFound, UnknownPerson, *STALE, bodies=MOVED_ON))
async def change_episode(
    who: Editor, use: Use, episode_id: EpisodeId, body: EpisodePatch, if_match: IfMatch = None
) -> AdminTitle:
    """Change an episode's fields.

    The answer is its whole title. With `If-Match` only where that is at this version.
    """
    return presenters.title(await use.change_episode(episode_id, body, who.account_id, version_of(if_match)))
