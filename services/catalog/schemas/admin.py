"""What editors send and see. Durations and markers in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.catalog.schemas.fields import (
    Language,
    Line,
    Maturity,
    Number,
    Region,
    Runtime,
    Seconds,
    Slug,
    Status,
    Text,
    TitleType,
    WindowBody,
    Year,
)

Names = Annotated[list[Line], Field(max_length=200)]
Windows = Annotated[list[WindowBody], Field(max_length=100)]


class Strict(BaseModel):
    """A body in which a field nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class NewTitle(Strict):
    """A film or series to create, as a draft. Without a `slug` one is made from the name."""

    type: TitleType
    name: Line
    slug: Slug | None = None
    description: Text = ""
    year: Year | None = None
    genres: Names = []
    cast: Names = []
    directors: Names = []
    tags: Names = []
    language: Language = "en"
    country: Region | None = None
    maturity: Maturity = 0
    runtime: Runtime | None = None
    windows: Windows = []

    @model_validator(mode="after")
    def windows_open_before_they_close(self) -> Self:
        """Refuse a window that ends before it starts."""
        _check_windows(self.windows)
        return self


class TitlePatch(Strict):
    """Fields to change; what is left out stays."""

    name: Line | None = None
    slug: Slug | None = None
    description: Text | None = None
    year: Year | None = None
    genres: Names | None = None
    cast: Names | None = None
    directors: Names | None = None
    tags: Names | None = None
    language: Language | None = None
    country: Region | None = None
    maturity: Maturity | None = None
    runtime: Runtime | None = None
    windows: Windows | None = None

    @model_validator(mode="after")
    def only_what_may_be_empty_is_emptied(self) -> Self:
        """Refuse null for fields that always have a value."""
        emptied = {name for name in self.model_fields_set if getattr(self, name) is None}
        if wrong := sorted(emptied - {"year", "runtime", "country"}):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        _check_windows(self.windows or [])
        return self


def _check_windows(windows: list[WindowBody]) -> None:
    for window in windows:
        if window.starts_at and window.ends_at and window.starts_at >= window.ends_at:
            raise ValueError("a window must end after it starts")


class NewSeason(Strict):
    number: Number
    name: Line | None = None


class SeasonPatch(Strict):
    name: Line


class NewEpisode(Strict):
    number: Number
    name: Line
    description: Text = ""
    runtime: Runtime | None = None


class EpisodePatch(Strict):
    name: Line | None = None
    description: Text | None = None
    runtime: Runtime | None = None

    @model_validator(mode="after")
    def names_stay(self) -> Self:
        """Refuse null for fields that always have a value."""
        if wrong := sorted(n for n in self.model_fields_set - {"runtime"} if getattr(self, n) is None):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        return self


class PlayablePatch(Strict):
    """Markers in seconds; null removes one."""

    intro_start: Seconds | None = None
    intro_end: Seconds | None = None
    credits_start: Seconds | None = None


class Pointer(Strict):
    """The asset that viewers shall get."""

    asset_id: UUID


class Created(BaseModel):
    """`playable_id` for films: what uploads name."""

    id: UUID
    slug: str
    playable_id: UUID | None
    version: int
    status: Status


class Lifecycle(BaseModel):
    id: UUID
    status: Status
    version: int
    published_at: datetime | None


class SeasonCreated(BaseModel):
    id: UUID
    number: int
    name: str


class EpisodeCreated(BaseModel):
    id: UUID
    playable_id: UUID
    number: int
    name: str


class AssetItem(BaseModel):
    """An encoded version of a playable; `current` is the one viewers get. `held_back` says why a newer one is not."""

    asset_id: UUID
    status: str
    current: bool
    duration: float | None
    renditions: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    error: dict[str, str] | None
    held_back: dict[str, str] | None
    uploaded_at: datetime | None
    ready_at: datetime | None


class Assets(BaseModel):
    items: list[AssetItem]


class PlayableDetails(BaseModel):
    """A playable as editors see it."""

    id: UUID
    title_id: UUID
    asset_id: UUID | None
    ready: bool
    duration: float | None
    intro_start: float | None
    intro_end: float | None
    credits_start: float | None


class ImageDetails(BaseModel):
    """A picture after it was taken in."""

    kind: str
    url: str
    srcset: str
    width: int
    height: int
    color: str


class AdminEpisode(BaseModel):
    id: UUID
    number: int
    name: str
    description: str
    runtime: int | None
    still_url: str | None
    playable: PlayableDetails


class AdminSeason(BaseModel):
    id: UUID
    number: int
    name: str
    episodes: list[AdminEpisode]


class AdminTitle(BaseModel):
    """A title with all that belongs to it. `playable` for films; `missing` is what publishing still needs."""

    id: UUID
    slug: str
    type: TitleType
    status: Status
    version: int
    name: str
    description: str
    year: int | None
    genres: list[str]
    cast: list[str]
    directors: list[str]
    tags: list[str]
    language: str
    country: str | None
    maturity: int
    runtime: int | None
    windows: list[WindowBody]
    artwork: list[ImageDetails]
    playable: PlayableDetails | None
    seasons: list[AdminSeason]
    missing: list[str]
    published_at: datetime | None
    created_at: datetime
    changed_at: datetime


class AdminTitleRow(BaseModel):
    """A line of the table of titles."""

    id: UUID
    slug: str
    type: TitleType
    status: Status
    version: int
    name: str
    year: int | None
    poster_url: str | None
    playable_id: UUID | None
    ready: bool
    published_at: datetime | None
    changed_at: datetime


class AuditItem(BaseModel):
    """One edit: `actor` is the account, null for the pipeline."""

    id: UUID
    actor: UUID | None
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime
