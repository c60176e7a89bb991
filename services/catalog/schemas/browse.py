"""What viewers read. Durations in whole seconds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.catalog.schemas.fields import TitleType


class Card(BaseModel):
    """A title as a tile in a row. `playable_id` for films that can be played."""

    title_id: UUID
    name: str
    type: TitleType
    description: str
    year: int | None
    maturity: int
    genres: list[str]
    runtime: int | None
    playable_id: UUID | None
    poster_url: str | None
    poster_srcset: str | None
    backdrop_url: str | None
    backdrop_srcset: str | None
    logo_url: str | None
    color: str | None = Field(description="average colour of the poster, `#rrggbb`, to show until it has loaded")


class Cards(BaseModel):
    """Cards in the order asked for."""

    items: list[Card]


class RatingSummary(BaseModel):
    """`average` of 1 to 5, 0 while nobody has rated."""

    average: float
    count: int


class Artwork(BaseModel):
    """Addresses of the pictures; the `_srcset` fields list every width."""

    poster: str | None
    backdrop: str | None
    logo: str | None
    poster_srcset: str | None
    backdrop_srcset: str | None
    logo_srcset: str | None
    color: str | None


class TitleDetails(BaseModel):
    """Everything about a title that its viewers may know."""

    id: UUID
    slug: str
    type: TitleType
    name: str
    description: str
    year: int | None
    genres: list[str]
    cast: list[str]
    directors: list[str]
    tags: list[str]
    language: str
    country: str
    maturity: int
    runtime: int | None
    rating: RatingSummary
    my_rating: int | None
    playable_id: UUID | None
    seasons: int | None = Field(description="how many seasons can be watched; null for films")
    artwork: Artwork
    published_at: datetime


class SeasonItem(BaseModel):
    """A season with at least one episode that can be played."""

    id: UUID
    number: int
    name: str
    episodes: int


class Seasons(BaseModel):
    items: list[SeasonItem]


class EpisodeItem(BaseModel):
    """An episode that can be played."""

    id: UUID
    number: int
    name: str
    description: str
    playable_id: UUID
    runtime: int | None
    still_url: str | None
    still_srcset: str | None


class Episodes(BaseModel):
    items: list[EpisodeItem]


class GenreItem(BaseModel):
    """A genre with how many titles of it the viewer may see."""

    id: str
    name: str
    titles: int


class Genres(BaseModel):
    items: list[GenreItem]


class RatingBody(BaseModel, extra="forbid"):
    """A rating from 1 to 5."""

    stars: int = Field(ge=1, le=5)


class Rated(BaseModel):
    """The title's rating after mine."""

    my_rating: int | None
    rating: RatingSummary
