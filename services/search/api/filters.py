"""The filters of a search as parameters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator

from libs.chassis import languages, text
from services.search.schemas.results import QUERY, TitleType

FIRST_YEAR, LAST_YEAR = 1870, 2200
DEEPEST = 500

_Language = Annotated[str, languages.WRITTEN, AfterValidator(languages.known)]
Genre = Annotated[
    Annotated[str, text.line(80, shortest=1)] | None,
    Query(
        description="An id from `/genres`, or a genre's name. Of one that nothing here has nothing is found: that is no error.",
        examples=["thriller"],
    ),
]
YearFrom = Annotated[
    int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="Of this year; with `year_to`, from this year on.")
]
YearTo = Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="Up to and with this year.")]
Type = Annotated[TitleType | None, Query(description="Only films, or only series.")]
MinRating = Annotated[
    float | None, Query(ge=1, le=5, allow_inf_nan=False, description="Rated so many stars or more, on average.")
]
Language = Annotated[_Language | None, Query(description="The language it was made in (BCP 47).", examples=["en"])]
PageNumber = Annotated[int, Query(ge=1, le=DEEPEST, description="Counted from 1.")]
GoesOn = Annotated[
    UUID | None,
    Query(description="With a further page: the `query_id` of the first, which is this page's too.", examples=[QUERY]),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many on a page.")]
