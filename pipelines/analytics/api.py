"""HTTP out: how good the lake's data is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from libs.chassis.security import auth
from libs.contracts.token import Principal
from pipelines.analytics.schemas import DataQuality
from pipelines.analytics.service.indicators import Indicators

router = APIRouter(prefix="/api/v1/admin/analytics", tags=["Staff: reports"])
Reader = Annotated[Principal, auth.staff("content_manager", "support")]
Hours = Annotated[int, Query(ge=1, le=72, description="How many hours to look back.")]


def _indicators(request: Request) -> Indicators:
    return request.app.state.indicators  # type: ignore[no-any-return]


@router.get("/data-quality")
async def data_quality(who: Reader, use: Annotated[Indicators, Depends(_indicators)], hours: Hours = 24) -> DataQuality:
    """Report how good the lake's data is.

    By topic: what was taken in, how far it is behind, what came late, twice or broken; and which columns have no value how often.
    It is at most half a minute old.
    """
    return await use.report(hours)
