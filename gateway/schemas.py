"""HTTP bodies of what the gateway composes. Durations and positions in seconds."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Loose(BaseModel):
    """Built from a neighbour's answer: fields this gateway does not know yet are passed on."""

    model_config = ConfigDict(extra="allow")


class RowItem(BaseModel):
    """A title as a tile in a row. `progress` (0 to 1) and the episode only where a viewing goes on."""

    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    description: str = ""
    year: int | None = None
    maturity: int | None = None
    genres: list[str] = []
    runtime: int | None = None
    playable_id: UUID | None = None
    poster_url: str | None = None
    poster_srcset: str | None = None
    backdrop_url: str | None = None
    backdrop_srcset: str | None = None
    logo_url: str | None = None
    color: str | None = None
    progress: float | None = None
    position: float | None = None
    duration: float | None = None
    season_number: int | None = None
    episode_number: int | None = None
    episode_name: str | None = None
    still_url: str | None = None


class Row(BaseModel):
    """One row. `degraded`: its source missed the deadline and `fallback` (`last_good`, `empty`, `as_last_seen`) stands in."""

    id: str
    kind: Literal["continue_watching", "my_list", "new", "top_rated", "genre"]
    name: str
    impression_id: UUID
    degraded: bool = False
    fallback: str | None = None
    items: list[RowItem]


class HeroTitle(RowItem):
    """The title that the page opens with."""

    id: UUID
    in_my_list: bool | None = None


class Hero(BaseModel):
    title: HeroTitle


class Home(BaseModel):
    """The whole first page."""

    hero: Hero | None
    rows: list[Row]


class Resume(Loose):
    """Where the viewer stopped; for a series, in the episode watched last."""

    playable_id: UUID
    position: float
    duration: float | None = None
    season_number: int | None = None
    episode_number: int | None = None
    completed: bool | None = None


class RatingSummary(BaseModel):
    average: float
    count: int


class Artwork(Loose):
    poster: str | None = None
    backdrop: str | None = None
    logo: str | None = None
    poster_srcset: str | None = None
    backdrop_srcset: str | None = None
    logo_srcset: str | None = None
    color: str | None = None


class Title(Loose):
    """A title in full. A field named in `degraded` is null because its source missed the deadline, not because it is so."""

    id: UUID
    slug: str | None = None
    type: Literal["movie", "series"]
    name: str
    description: str
    year: int | None = None
    genres: list[str] = []
    cast: list[str] = []
    directors: list[str] = []
    tags: list[str] = []
    language: str | None = None
    country: str | None = None
    maturity: int
    runtime: int | None = None
    rating: RatingSummary
    my_rating: int | None = None
    playable_id: UUID | None = None
    seasons: int | None = Field(None, description="how many seasons can be watched; null for films")
    artwork: Artwork
    published_at: str | None = None
    in_my_list: bool | None = None
    resume: Resume | None = None
    degraded: list[str] = []


class Episode(Loose):
    """An episode that can be played."""

    id: UUID
    number: int
    name: str
    description: str = ""
    playable_id: UUID
    runtime: int | None = None
    still_url: str | None = None
    still_srcset: str | None = None
    resume: Resume | None = None


class Episodes(BaseModel):
    items: list[Episode]
    degraded: list[str] = []
