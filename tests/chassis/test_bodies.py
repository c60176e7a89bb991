"""A body of a request means what it says: no kind is taken for another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from libs.chassis import text
from libs.chassis.http import app as chassis
from libs.chassis.http.bodies import Body, Coercing
from libs.chassis.security import auth
from libs.chassis.settings import ServiceSettings

ID = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"


class Colour(Enum):
    RED = "red"


class Inner(Body):
    count: int = 0


class Outer(Body):
    """Fields that are named as parts of schemas are, too."""

    type: int = 0
    metadata: int | None = None
    share: Annotated[float, Field(ge=0)] = 0
    sure: bool = False
    size: Literal[0, 1, 7] = 0
    kind: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    id: UUID | None = None
    at: AwareDatetime | None = None
    day: date | None = None
    said: Annotated[str, text.name(20)] = "a"
    ages: dict[int, int] = {}
    inner: list[Inner] = []
    again: Outer | None = None


@pytest.mark.parametrize(
    "said",
    [
        {"type": "5"}, {"type": True}, {"type": 5.0}, {"type": 5.5}, {"metadata": "5"}, {"share": "0.5"}, {"share": True},
        {"sure": "yes"}, {"sure": "true"}, {"sure": 1}, {"sure": 0.0}, {"size": True}, {"size": "1"}, {"kind": 0},
        {"colour": 1}, {"id": 5}, {"at": 1_700_000_000}, {"at": "1700000000"}, {"at": 1e9}, {"day": 20_000}, {"day": "86400"},
        {"said": 5}, {"said": True}, {"ages": {"7": "1"}}, {"inner": [{"count": "1"}]}, {"again": {"again": {"type": "5"}}},
    ],
    ids=str,
)  # fmt: skip
def test_what_would_have_to_be_guessed_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Outer.model_validate(said)


def test_what_json_can_say_in_one_way_alone_is_taken() -> None:
    said = Outer.model_validate(
        {
            "type": 5, "metadata": None, "share": 1, "sure": True, "size": 7, "colour": "red", "id": ID,
            "at": "2026-11-20T12:00:00Z", "day": "2026-11-20", "ages": {"7": 1}, "inner": [{"count": 2}],
        }
    )  # fmt: skip
    assert (said.share, said.id, said.colour) == (1.0, UUID(ID), Colour.RED)
    assert (said.at, said.day) == (datetime(2026, 11, 20, 12, tzinfo=UTC), date(2026, 11, 20))
    assert (said.ages, said.inner) == ({7: 1}, [Inner(count=2)])
    assert Outer(at=said.at, day=said.day, id=said.id).at == said.at, "as Python has it"


def test_a_route_whose_body_would_guess_is_an_error() -> None:
    class Lax(BaseModel):
        count: int

    class Holder(Body):
        inside: list[Lax | None]

    for taken in (Lax, list[Lax], Holder):
        router = APIRouter()

        def take(body: Any) -> None: ...

        take.__annotations__["body"] = taken
        router.post("/taken", dependencies=[auth.PUBLIC])(take)
        with pytest.raises(Coercing, match="Lax: derive it from Body"):
            chassis.create("guessing", ServiceSettings(), routers=[router])
