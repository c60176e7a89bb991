"""What editors do with collections."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit, TablePage
from libs.chassis.http.versions import BadVersion, IfMatch, tag, version_of
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.schemas.admin_audit import AuditItem, VersionProblem
from services.catalog.schemas.collections import COLLECTION, AdminCollection, AdminCollectionRow, CollectionBody
from services.catalog.service.collections import (
    CollectionChanged,
    CollectionEditing,
    CollectionNotFound,
    RegionsGone,
    UnknownTitles,
)
from services.catalog.service.deleted import NotDeleted

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _editing(request: Request) -> CollectionEditing:
    return request.app.state.collection_editing  # type: ignore[no-any-return]


Use = Annotated[CollectionEditing, Depends(_editing)]
CollectionId = Annotated[UUID, Path(description="A collection.", examples=[COLLECTION])]
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Counted from 1.")]
CHANGED = raises(CollectionNotFound, CollectionChanged, BadVersion, bodies={412: VersionProblem})


def _with_version(response: Response, collection: AdminCollection) -> AdminCollection:
    tag(response, collection.version)
    return collection


@router.get("/collections")
async def list_admin_collections(
    who: Editor, use: Use, page: PageNumber = 1, limit: Limit = 20
) -> TablePage[AdminCollectionRow]:
    """List collections, those of the home page first."""
    return await use.table(page, limit)


@router.post("/collections", status_code=201, responses=raises(UnknownTitles))
async def create_collection(who: Editor, use: Use, body: CollectionBody, response: Response) -> AdminCollection:
    """Make a collection.

    With a `home_place` it is a row of the home page, above the rows that nobody made by hand.
    """
    return _with_version(response, await use.create(body, who.account_id))


@router.get("/collections/{collection_id}", responses=raises(CollectionNotFound))
async def get_admin_collection(
    who: Editor, use: Use, collection_id: CollectionId, response: Response
) -> AdminCollection:
    """Read a collection, with its titles in whatever status.

    Its `ETag` is its version, to be given back in `If-Match`.
    """
    return _with_version(response, await use.read(collection_id))


@router.put("/collections/{collection_id}", responses=CHANGED | raises(UnknownTitles))
async def replace_collection(
    who: Editor,
    use: Use,
    collection_id: CollectionId,
    body: CollectionBody,
    response: Response,
    if_match: IfMatch = None,
) -> AdminCollection:
    """Replace a collection.

    What is left out becomes what it is in a new one. With `If-Match` only the version you read is replaced.
    """
    return _with_version(response, await use.replace(collection_id, body, who.account_id, version_of(if_match)))


@router.delete("/collections/{collection_id}", status_code=204, responses=CHANGED)
async def delete_collection(who: Editor, use: Use, collection_id: CollectionId, if_match: IfMatch = None) -> None:
    """Delete a collection; its titles stay what they are."""
    await use.delete(collection_id, who.account_id, version_of(if_match))


@router.post("/collections/{collection_id}/restore", responses=raises(CollectionNotFound, NotDeleted, RegionsGone))
async def restore_collection(who: Editor, use: Use, collection_id: CollectionId, response: Response) -> AdminCollection:
    """Bring back a collection that was deleted.

    As it was, without titles and countries that there are not any more. The log of edits keeps it for two years.
    """
    return _with_version(response, await use.restore(collection_id, who.account_id))


@router.get("/collections/{collection_id}/audit", responses=raises(CollectionNotFound))
async def collection_audit(who: Editor, use: Use, collection_id: CollectionId, limit: Limit = 50) -> list[AuditItem]:
    """List who changed what of a collection, the newest first.

    Also of one that was deleted.
    """
    return await use.audit(collection_id, limit)
