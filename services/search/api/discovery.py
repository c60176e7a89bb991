"""Search by a sentence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.search.schemas.discovery import Discovered, Discovery
from services.search.service.discovering import Discovering
from services.search.service.indexes import IndexNotReady
from services.search.service.searching import SearchBusy

router = APIRouter(prefix="/api/v1/search", tags=["Search"])


def _discovering(request: Request) -> Discovering:
    return request.app.state.discovering  # type: ignore[no-any-return]


@router.post("/discover", responses=raises(IndexNotReady, SearchBusy))
async def discover(
    who: auth.Profile, use: Annotated[Discovering, Depends(_discovering)], body: Discovery
) -> Discovered:
    """Find titles by a sentence.

    The answer says how the sentence was read, as chips. Sent back without some of them, they are the whole question. A word that
    no title says which fits otherwise has no chip: what was found is compared with what the whole sentence means.
    """
    return await use.discover(who, body)
