"""What viewers ask of people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.catalog.api.browse import NOT_MODIFIED
from services.catalog.api.kept import AcceptLanguage, KeptRoute, answer
from services.catalog.schemas.fields import PERSON
from services.catalog.schemas.people import PersonDetails
from services.catalog.service.people import PeopleBrowsing, PersonNotFound

router = APIRouter(prefix="/api/v1", tags=["Browse"], route_class=KeptRoute)


def _people_browsing(request: Request) -> PeopleBrowsing:
    return request.app.state.people_browsing  # type: ignore[no-any-return]


Use = Annotated[PeopleBrowsing, Depends(_people_browsing)]
PersonId = Annotated[UUID, Path(description="A person, from a title's credits.", examples=[PERSON])]


@router.get("/people/{person_id}", response_model=PersonDetails, responses=NOT_MODIFIED | raises(PersonNotFound))
async def get_person(
    request: Request, who: auth.Profile, use: Use, person_id: PersonId, spoken: AcceptLanguage = ""
) -> Response:
    """Read a person and their filmography.

    Of what this profile may see; where that is nothing there is no such person. The id of somebody who was merged into another
    person leads to that one.
    """
    return await answer(request, who, lambda: use.person(who, spoken, person_id))
