"""HTTP bodies of what is recommended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example
from libs.contracts.recommended import OwnKind, RecommendedKind

FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
OTHER = "01993a0b-5e21-7a94-8c3f-2d7b9e4a6f10"
ID = "0199c5e1-4d20-7b38-9a61-8f3e5c7d2b04"
MODEL = "20261127T140312-6f0a91c2"

Version = Annotated[
    str, Field(description="The model that chose; null where titles were compared by what they are about.")
]


class Reason(BaseModel):
    """Why a row is there, as a code that apps put into words; with the title or the genre that it is about."""

    model_config = example(code="because_watched", title_id=OTHER, title="Tide Tables for Europa", genre=None)

    code: RecommendedKind
    title_id: UUID | None = None
    title: str | None = None
    genre: str | None = None


class HomeRow(BaseModel):
    """A row of the first page, the titles in their order."""

    model_config = example(
        id=f"because-{OTHER}",
        kind="because_watched",
        reason={"code": "because_watched", "title_id": OTHER, "title": "Tide Tables for Europa", "genre": None},
        title_ids=[FILM],
    )

    id: str
    kind: RecommendedKind
    reason: Reason
    worth: Annotated[
        float, Field(ge=0, description="How high it stands: about how many of its cards that are seen are chosen.")
    ] = 0.0
    title_ids: list[UUID]


class Picture(BaseModel):
    """The poster that a profile sees of a title: with what `chance` it was drawn, and in view of what; impressions say so."""

    model_config = example(name="poster_2", chance=0.933, context="Thriller")

    name: str
    chance: Annotated[float, Field(gt=0, le=1, description="From above 0 to 1.")]
    context: str


class HomeRows(BaseModel):
    """The rows of a first page. `personal`: what this profile likes has decided; it agreed to that."""

    model_config = example(recommendation_id=ID, model=MODEL, personal=True)

    recommendation_id: UUID
    model: Version | None
    personal: bool
    unwanted: Annotated[
        list[UUID], Field(description="What this profile said not to be interested in: no row but the Top 10 has it.")
    ] = []
    rows: list[HomeRow]
    pictures: Annotated[
        dict[UUID, Picture],
        Field(description="By title, of those that have several posters; of all others their own is meant."),
    ] = {}
    worth: Annotated[
        dict[OwnKind, float],
        Field(
            description="How high the rows stand that are not recommended, by the same measure, if they fit as others do."
        ),
    ] = {}
    fits: Annotated[
        dict[str, float],
        Field(
            description="By how much rows of a genre's titles are worth more, or less: from 0.75 to 1.5. Empty: not known."
        ),
    ] = {}


class Starters(BaseModel):
    """Well-known titles of many kinds to pick from, what is watched most in the country first."""

    model_config = example(title_ids=[FILM, OTHER])

    title_ids: list[UUID]


class Similar(BaseModel):
    """Titles like one, the closest first."""

    model_config = example(recommendation_id=ID, model=MODEL, title_ids=[OTHER])

    recommendation_id: UUID
    model: Version | None
    title_ids: list[UUID]


class Because(BaseModel):
    """A title that this profile watched or liked."""

    model_config = example(title_id=OTHER, title="Tide Tables for Europa")

    title_id: UUID
    title: str


class Why(BaseModel):
    """What speaks for a title to this profile. `because`: what goes with it of what was watched or liked, the strongest first."""

    model_config = example(personal=True, trending=False, model=MODEL)

    personal: bool
    because: list[Because]
    trending: bool
    model: Version | None
