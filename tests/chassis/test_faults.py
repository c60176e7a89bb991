"""What is wrong is said to people: no pattern, no name of Python's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, Field, ValidationError

from libs.chassis import countries, faults, languages, text
from libs.chassis.http.bodies import Body

Code = Annotated[str, faults.form("^[a-z]{3}$", "must be three small letters", 3)]


class Inner(Body):
    size: int


class Outer(Body, extra="forbid"):
    name: Annotated[str, text.name(5)]
    age: Annotated[int, Field(ge=1, le=150)] = 1
    share: Annotated[float, Field(gt=0, lt=0.5, allow_inf_nan=False)] = 0.1
    sure: bool = True
    kind: Literal["movie", "series"] = "movie"
    id: UUID | None = None
    at: AwareDatetime | None = None
    day: date | None = None
    parts: Annotated[list[Inner], Field(max_length=1)] = []
    by: dict[str, int] = {}
    code: Code = "abc"
    country: Annotated[str, countries.WRITTEN] = "IE"
    language: Annotated[str, languages.WRITTEN] = "en"


@pytest.mark.parametrize(
    ("sent", "where", "said"),
    [
        ({}, "name", "is missing"),
        ({"name": 5}, "name", "must be a text"),
        ({"name": "abcdef"}, "name", "may have 5 characters at most"),
        ({"name": ""}, "name", "must have 1 or more characters"),
        ({"name": "a", "age": 0}, "age", "must be 1 or more"),
        ({"name": "a", "age": 151}, "age", "must be 150 or less"),
        ({"name": "a", "age": "7"}, "age", "must be a whole number"),
        ({"name": "a", "age": 7.5}, "age", "must be a whole number"),
        ({"name": "a", "age": True}, "age", "must be a whole number"),
        ({"name": "a", "share": 0}, "share", "must be more than 0"),
        ({"name": "a", "share": 0.5}, "share", "must be less than 0.5"),
        ({"name": "a", "share": float("nan")}, "share", "must be a number"),
        ({"name": "a", "share": "x"}, "share", "must be a number"),
        ({"name": "a", "sure": "yes"}, "sure", "must be true or false"),
        ({"name": "a", "kind": "opera"}, "kind", "must be one of movie or series"),
        ({"name": "a", "id": "1"}, "id", "must be an id, as 01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"),
        ({"name": "a", "at": "noon"}, "at", "must be a moment with its zone, as 2026-11-20T18:30:00Z"),
        ({"name": "a", "at": "2026-11-20T18:30:00"}, "at", "must be a moment with its zone, as 2026-11-20T18:30:00Z"),
        ({"name": "a", "at": 5}, "at", "must be a moment with its zone, as 2026-11-20T18:30:00Z"),
        ({"name": "a", "day": "x"}, "day", "must be a day, as 2026-11-20"),
        ({"name": "a", "parts": "x"}, "parts", "must be a list"),
        ({"name": "a", "parts": [{"size": 1}] * 2}, "parts", "may have 1 at most, and has 2"),
        ({"name": "a", "parts": [5]}, "parts.0", "must be an object with fields"),
        ({"name": "a", "parts": [{}]}, "parts.0.size", "is missing"),
        ({"name": "a", "by": []}, "by", "must be an object with fields"),
        ({"name": "a", "code": "AB"}, "code", "must be three small letters"),
        ({"name": "a", "country": "ie"}, "country", "must be a country in two capital letters, as IE (ISO 3166-1 alpha-2)"),
        ({"name": "a", "language": "english!"}, "language", "must be the tag of a language, as en or pt-BR (BCP 47)"),
        ({"name": "a", "colour": 1}, "colour", "is no field that is known here"),
    ],
)  # fmt: skip
def test_faults_are_said_in_words(sent: Any, where: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(sent)
    [error] = refused.value.errors()
    assert (".".join(map(str, error["loc"])), faults.said(error)) == (where, said)


def test_a_pattern_is_said_in_one_way() -> None:
    with pytest.raises(ValueError, match="two ways"):
        faults.form("^[a-z]{3}$", "must be a code")
