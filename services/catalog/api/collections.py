"""Collections as viewers see them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit
from libs.chassis.security import auth
from services.catalog.api.conditional import tagged
from services.catalog.api.kept import AcceptLanguage
from services.catalog.schemas.collections import COLLECTION, CollectionDetails, CollectionRows
from services.catalog.service.collections import CollectionBrowsing, CollectionNotFound

router = APIRouter(prefix="/api/v1", tags=["Browse"])
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is up to date."}}


def _collections(request: Request) -> CollectionBrowsing:
    return request.app.state.collection_browsing  # type: ignore[no-any-return]


Use = Annotated[CollectionBrowsing, Depends(_collections)]
CollectionId = Annotated[UUID, Path(description="A collection, from a row of the home page.", examples=[COLLECTION])]


@router.get("/collections", response_model=CollectionRows, responses=NOT_MODIFIED)
async def list_collections(
    request: Request, who: auth.Profile, use: Use, limit: Limit = 20, spoken: AcceptLanguage = ""
) -> Response:
    """List the hand-made rows of the home page.

    Each with its first titles, at most `limit`, of those this profile may see.
    """
    return tagged(request, await use.rows(who, spoken, limit))


@router.get(
    "/collections/{collection_id}",
    response_model=CollectionDetails,
    responses=NOT_MODIFIED | raises(CollectionNotFound),
)
async def get_collection(
    request: Request, who: auth.Profile, use: Use, collection_id: CollectionId, spoken: AcceptLanguage = ""
) -> Response:
    """Read a collection.

    While it is open in this country, with those of its titles that this profile may see.
    """
    return tagged(request, await use.read(who, spoken, collection_id))
