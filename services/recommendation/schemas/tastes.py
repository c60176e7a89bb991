"""HTTP bodies of what a profile likes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.recommendation.schemas.choices import OTHER

Verdict = Literal["up", "down", "not_interested"]


class Opinion(Body):
    """A thumb up or down; or `not_interested`: it is not shown in recommended rows any more."""

    model_config = ConfigDict(extra="forbid") | example(verdict="not_interested")

    verdict: Verdict


class Said(BaseModel):
    """What this profile said of a title."""

    model_config = example(title_id=OTHER, title="Tide Tables for Europa", verdict="up")

    title_id: UUID
    title: str
    verdict: Verdict


class Rated(BaseModel):
    """A title that this profile rated: four stars or five count as liked, one or two as not wanted."""

    model_config = example(title_id=OTHER, title="Tide Tables for Europa", stars=5)

    title_id: UUID
    title: str
    stars: Annotated[int, Field(ge=1, le=5, description="From 1 to 5.")]


class GenreShare(BaseModel):
    """How much of what this profile watches is of a genre, from 0 to 1; newer plays count more."""

    model_config = example(genre="Science Fiction", share=0.62)

    genre: str
    share: Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]


class KnownTaste(BaseModel):
    """All that decides what this profile is shown. Without its consent (`personal` false) nothing but `not_interested` does.

    What was learned before a consent was taken back is `kept` until the taste is reset.
    """

    model_config = example(personal=True, watched=14, kept=16, reset_at=None)

    personal: bool
    genres: list[GenreShare]
    watched: Annotated[int, Field(description="How many titles were played lately that count.")]
    kept: Annotated[
        int,
        Field(description="Of how many titles plays or verdicts are kept, whether they decide anything or not."),
    ]
    said: list[Said]
    rated: Annotated[
        list[Rated],
        Field(description="Ratings count too. They are taken back with `DELETE /titles/{title_id}/rating`."),
    ] = []
    reset_at: Annotated[datetime | None, Field(description="When its taste was last reset.")]
