"""What editors do with people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit, TablePage
from libs.chassis.http.versions import BadVersion, IfMatch, tag, version_of
from libs.chassis.problems import PreconditionRequired
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_media import BYTES, PICTURE
from services.catalog.api.admin_titles import MOVED_ON, PageNumber
from services.catalog.schemas.admin_audit import AuditItem
from services.catalog.schemas.admin_media import ImageDetails
from services.catalog.schemas.fields import PERSON, Word
from services.catalog.schemas.people import AdminPerson, Merge, NewPerson, PersonPatch, PersonRow
from services.catalog.service.artwork import ArtworkUploads
from services.catalog.service.deleted import NotDeleted
from services.catalog.service.merging import NotMerged, PeopleMerging, SamePerson
from services.catalog.service.people import PeopleEditing, PersonChanged, PersonCredited, PersonMerged, PersonNotFound

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _people_editing(request: Request) -> PeopleEditing:
    return request.app.state.people_editing  # type: ignore[no-any-return]


def _people_merging(request: Request) -> PeopleMerging:
    return request.app.state.people_merging  # type: ignore[no-any-return]


def _artwork_uploads(request: Request) -> ArtworkUploads:
    return request.app.state.artwork_uploads  # type: ignore[no-any-return]


Use = Annotated[PeopleEditing, Depends(_people_editing)]
Merger = Annotated[PeopleMerging, Depends(_people_merging)]
CHANGED = PersonChanged, BadVersion
PersonId = Annotated[UUID, Path(description="A person, credited or not.", examples=[PERSON])]


def _with_version(response: Response, person: AdminPerson) -> AdminPerson:
    tag(response, person.version)
    return person


@router.get("/people")
async def list_people(
    who: Editor,
    use: Use,
    q: Annotated[Word | None, Query(description="Words of a name.", examples=["harrow"])] = None,
    page: PageNumber = 1,
    limit: Limit = 50,
) -> TablePage[PersonRow]:
    """List people by name."""
    rows, total = await use.table(query=q, page=page, limit=limit)
    items = [presenters.person_row(row) for row in rows]
    return TablePage[PersonRow](items=items, total=total, page=page, pages=max(1, -(-total // limit)))


@router.post("/people", status_code=201)
async def create_person(who: Editor, use: Use, body: NewPerson, response: Response) -> AdminPerson:
    """Add a person."""
    person = presenters.person(*await use.create(body, who.account_id))
    response.headers["Location"] = f"/api/v1/admin/people/{person.id}"
    return _with_version(response, person)


@router.get("/people/{person_id}", responses=raises(PersonNotFound))
async def get_person_for_editors(who: Editor, use: Use, person_id: PersonId, response: Response) -> AdminPerson:
    """Read a person with every credit.

    The id of who was merged leads to who is left, here as in credits. What would change them answers `person_merged` with
    that one's id (`into`).

    The `ETag` is the version, to be given back in `If-Match`.
    """
    return _with_version(response, presenters.person(*await use.read(person_id)))


@router.patch(
    "/people/{person_id}",
    responses=raises(PersonNotFound, PersonMerged, *CHANGED, PreconditionRequired, bodies=MOVED_ON),
)
async def change_person(
    who: Editor, use: Use, person_id: PersonId, body: PersonPatch, response: Response, if_match: IfMatch = None
) -> AdminPerson:
    """Change a person's fields.

    Needs `If-Match` with the version you read. Titles that credit them show a new name at once.
    """
    expect = version_of(if_match, required=True)
    return _with_version(response, presenters.person(*await use.change(person_id, body, who.account_id, expect)))


@router.delete(
    "/people/{person_id}",
    status_code=204,
    responses=raises(PersonNotFound, PersonMerged, PersonCredited, *CHANGED, bodies=MOVED_ON),
)
async def remove_person(who: Editor, use: Use, person_id: PersonId, if_match: IfMatch = None) -> None:
    """Remove a person whom no title credits.

    Whoever was merged into them goes with them, and comes back with them.
    """
    await use.remove(person_id, who.account_id, version_of(if_match))


@router.post("/people/{person_id}/restore", responses=raises(PersonNotFound, NotDeleted))
async def restore_person(who: Editor, use: Use, person_id: PersonId, response: Response) -> AdminPerson:
    """Bring back a person who was removed.

    As they were. The log of edits keeps them for two years; their picture is kept for 30 days.
    """
    return _with_version(response, presenters.person(*await use.restore(person_id, who.account_id)))


@router.post(
    "/people/{person_id}/merge", responses=raises(PersonNotFound, PersonMerged, SamePerson, *CHANGED, bodies=MOVED_ON)
)
async def merge_person(
    who: Editor, use: Merger, person_id: PersonId, body: Merge, response: Response, if_match: IfMatch = None
) -> AdminPerson:
    """Merge a person into another one.

    Who is left has both names and all credits, and is who both spellings mean from now on. `If-Match` is about the one who is
    merged.
    """
    return _with_version(
        response, presenters.person(*await use.merge(person_id, body.into, who.account_id, version_of(if_match)))
    )


@router.post("/people/{person_id}/split", responses=raises(PersonNotFound, NotMerged, *CHANGED, bodies=MOVED_ON))
async def split_person(
    who: Editor, use: Merger, person_id: PersonId, response: Response, if_match: IfMatch = None
) -> AdminPerson:
    """Take a merge of two people back.

    By the id of who was merged, directly or with somebody else: they have their name, credits and picture again, and whoever was
    merged into them before. Everybody is as if that merge had never been made, however many came before and after it; what has
    been edited since stays with who is left. A picture that another one's hid is kept for 30 days. `If-Match` is about the one
    who is left.
    """
    return _with_version(response, presenters.person(*await use.split(person_id, who.account_id, version_of(if_match))))


@router.get("/people/{person_id}/audit", responses=raises(PersonNotFound))
async def person_audit(who: Editor, use: Use, person_id: PersonId, limit: Limit = 50) -> list[AuditItem]:
    """List who changed what of a person, the newest first.

    Also of one who was removed.
    """
    return await use.audit(person_id, limit)


@router.put(
    "/people/{person_id}/portrait",
    openapi_extra=BYTES,
    responses=raises(PersonNotFound, PersonMerged, *CHANGED, *PICTURE, bodies=MOVED_ON),
)
async def put_portrait(
    request: Request,
    who: Editor,
    use: Annotated[ArtworkUploads, Depends(_artwork_uploads)],
    person_id: PersonId,
    if_match: IfMatch = None,
) -> ImageDetails:
    """Give a person their picture.

    The body is the bytes of a JPEG, PNG or WebP, up to 10 MB and 40 million pixels; it is kept in several widths. With
    `If-Match` only where the person is at that version.
    """
    return await use.put_portrait(person_id, request.stream(), who.account_id, version_of(if_match))
