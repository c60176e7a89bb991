"""What staff read of searches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from libs.chassis.http.pagination import Limit
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.search.schemas.reports import SearchGaps
from services.search.service.gaps import Gaps

router = APIRouter(prefix="/api/v1/admin/analytics", tags=["Staff: reports"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _gaps(request: Request) -> Gaps:
    return request.app.state.gaps  # type: ignore[no-any-return]


@router.get("/search-gaps")
async def search_gaps(
    who: Editor,
    use: Annotated[Gaps, Depends(_gaps)],
    days: Annotated[int, Query(ge=1, le=45, description="How many days to look back.")] = 28,
    limit: Limit = 50,
) -> SearchGaps:
    """Report what people search for and do not find."""
    return await use.report(days, limit)
