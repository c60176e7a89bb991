"""What a search answers with."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example

FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
PERSON = "0199c3a1-20aa-7d11-8f3e-6b1c9d4a7e52"
QUERY = "0199c4b7-88d1-7e30-a5f2-1d6c3b9e0a47"
POSTER = f"/images/{FILM}/poster-9c41d2e8"

TitleType = Literal["movie", "series"]
Availability = Annotated[
    Literal["playable", "listed"], Field(description="`listed`: shown before anything of it can be played.")
]
Score = Annotated[float, Field(description="How well it fits; only comparable within one answer.")]


class Span(BaseModel):
    """From `start` on, up to and without `end`: places in a text, in characters (code points)."""

    model_config = example(start=4, end=9)

    start: int
    end: int


class Highlight(BaseModel):
    """Why a title was found: a text of it, and the places in it that fit."""

    model_config = example(field="name", text="The Ninth Flash")

    field: Literal["name", "other_name", "person", "description", "tag"]
    text: str
    spans: list[Span]


class SearchItem(BaseModel):
    """A title that was found. `year` is when it was first shown."""

    model_config = example(
        title_id=FILM,
        name="The Ninth Flash",
        type="movie",
        description="The chart says the light blinks eight times. The keeper has started to count nine.",
        year=2023,
        maturity=16,
        genres=["Thriller", "Mystery"],
        runtime=6240,
        poster_url=f"{POSTER}-480.webp",
        availability="playable",
        score=0.97,
    )

    title_id: UUID
    name: str
    type: TitleType
    description: str
    year: int | None
    maturity: Annotated[int, Field(description="From this age on.")]
    genres: list[str]
    runtime: Annotated[int | None, Field(description="In whole seconds.")]
    poster_url: str | None
    backdrop_url: str | None
    availability: Availability
    score: Score
    highlights: list[Highlight]


class FacetValue(BaseModel):
    """One value of a filter: what to ask with, what it is called, and by `count` how many of the titles found have it."""

    model_config = example(value="thriller", name="Thriller", count=12)

    value: str
    name: str
    count: int


class Facets(BaseModel):
    """What the titles found could be narrowed down by, the most frequent first; `decades` by their first year."""

    genres: list[FacetValue]
    types: list[FacetValue]
    languages: list[FacetValue]
    decades: list[FacetValue]


class PersonItem(BaseModel):
    """Somebody the search may have meant. Without an `id` the catalogue knows the name alone."""

    model_config = example(id=PERSON, name="Mira Okonkwo-Hale", titles=4)

    id: UUID | None
    name: str
    titles: Annotated[int, Field(description="How many titles of theirs this profile may see.")]


class GenreItem(BaseModel):
    """A genre the search may have meant; `titles` is how many of it this profile may see."""

    model_config = example(id="thriller", name="Thriller", titles=12)

    id: str
    name: str
    titles: int


class SearchResults(BaseModel):
    """One numbered page of what was found: `page` starts at 1, `total` counts what is on all `pages`.

    `query_id` belongs to reports of what was chosen.
    """

    model_config = example(total=1, page=1, pages=1, did_you_mean=None, sure=True, query_id=QUERY)

    items: list[SearchItem]
    total: int
    page: int
    pages: int
    facets: Facets
    did_you_mean: Annotated[str | None, Field(description="How what was found is really written, where that differs.")]
    people: list[PersonItem]
    genres: list[GenreItem]
    sure: Annotated[
        bool, Field(description="False where nothing really fits, and the titles are those that come nearest.")
    ]
    query_id: UUID


class SuggestItem(BaseModel):
    """A title that is suggested while somebody types; `spans` are the places of its name that fit.

    `year` is when it was first shown.
    """

    model_config = example(
        title_id=FILM, name="The Ninth Flash", type="movie", year=2023, poster_url=f"{POSTER}-240.webp"
    )

    title_id: UUID
    name: str
    type: TitleType
    year: int | None
    poster_url: str | None
    availability: Availability
    spans: list[Span]


class Suggestions(BaseModel):
    """At most five, the best first. `query_id` belongs to the report of the one that was chosen."""

    model_config = example(query_id=QUERY)

    items: list[SuggestItem]
    query_id: UUID
