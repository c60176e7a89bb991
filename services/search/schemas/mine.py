"""What belongs to a profile, or to everybody's searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis import text as text_type
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.search.schemas.results import FILM, POSTER, QUERY, Availability


class RecentItem(BaseModel):
    """A search of this profile."""

    model_config = example(
        id="0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92", text="ninth flash", searched_at="2026-11-26T20:31:55Z"
    )

    id: UUID
    text: str
    searched_at: datetime


class Recents(BaseModel):
    """The last searches of this profile, the newest first. None are kept for a child's profile."""

    items: list[RecentItem]


class TrendingItem(BaseModel):
    """A title that many have searched for lately; `text` is what to search with."""

    model_config = example(
        text="The Ninth Flash", title_id=FILM, poster_url=f"{POSTER}-480.webp", availability="playable"
    )

    text: str
    title_id: UUID
    poster_url: str | None
    availability: Availability


class Trending(BaseModel):
    """What is searched for most, of what this profile may see."""

    items: list[TrendingItem]


class Click(Body):
    """Which title of an answer was opened; `position` counts from 1 over all pages.

    Of suggestions nothing is kept until one is chosen: then `text` says what had been typed.
    """

    model_config = ConfigDict(extra="forbid") | example(query_id=QUERY, title_id=FILM, position=1)

    query_id: UUID
    title_id: UUID
    position: Annotated[int, Field(ge=1, le=10_000, description="Its place in the answer, over all pages.")]
    text: Annotated[
        Annotated[str, text_type.line(200)] | None, Field(description="Of suggestions: what was typed.")
    ] = None
