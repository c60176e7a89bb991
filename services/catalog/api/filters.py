"""What a list of titles is narrowed to, as it is asked for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator

from libs.chassis import languages
from libs.chassis.problems import Invalid
from libs.chassis.slugs import name_id
from services.catalog.repository.browse import Filters
from services.catalog.schemas.fields import (
    PERSON,
    Availability,
    Language,
    OpenRegion,
    Runtime,
    TitleType,
    Word,
    Year,
)

# No list of genres is everybody's: `/genres` names those of which the viewer may see something, and what is hidden is not told
# apart from what is not there.
GENRE = "An id from `/genres`, or a genre's name. Of one that nothing here has the list is empty: that is no error."
Spoken = Annotated[Language, AfterValidator(languages.known)]


class EmptyRange(Invalid):
    """This range ends before it begins."""

    code = "empty_range"


def _filters(
    genre: Annotated[Word | None, Query(description=GENRE, examples=["thriller"])] = None,
    type: Annotated[TitleType | None, Query(description="Only films, or only series.")] = None,
    person: Annotated[UUID | None, Query(description="Whoever has a part in it.", examples=[PERSON])] = None,
    country: Annotated[OpenRegion | None, Query(description="Where it is from.", examples=["IE"])] = None,
    language: Annotated[Spoken | None, Query(description="Its original language.", examples=["en"])] = None,
    year: Annotated[Year | None, Query(description="From this year on.", examples=[1990])] = None,
    year_to: Annotated[Year | None, Query(description="Up to this year.", examples=[1999])] = None,
    maturity: Annotated[int | None, Query(ge=0, le=18, description="For this age: nothing that needs more.")] = None,
    duration: Annotated[
        Runtime | None, Query(description="At least so long, in whole seconds.", examples=[600])
    ] = None,
    duration_to: Annotated[
        Runtime | None, Query(description="At most so long, in whole seconds.", examples=[7200])
    ] = None,
    availability: Annotated[
        Availability | None, Query(description="`playable` now, or `listed`: shown before it can be played.")
    ] = None,
) -> Filters:
    for low, high in ((year, year_to), (duration, duration_to)):
        if low is not None and high is not None and low > high:
            raise EmptyRange
    return Filters(
        genre=name_id(genre) if genre else None,
        kind=type,
        person=person,
        country=country,
        language=language,
        year=year,
        year_to=year_to,
        maturity=maturity,
        runtime=duration,
        runtime_to=duration_to,
        availability=availability,
    )


Asked = Annotated[Filters, Depends(_filters)]
