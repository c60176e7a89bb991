"""HTTP bodies of watchstate. Positions and durations in seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _in_reach(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 2000 and 2200")
    return value


Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]


class Strict(BaseModel):
    """A body in which a field nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class Progress(BaseModel):
    """Where this profile is in a playable."""

    playable_id: UUID
    title_id: UUID
    position: float
    duration: float
    completed: bool
    updated_at: datetime


class ProgressItems(BaseModel):
    items: list[Progress]


class OfflineItem(Strict):
    """A position from a device that was offline: `occurred_at` by its clock, `device_seq` growing with every one it tells."""

    playable_id: UUID
    position: Seconds
    occurred_at: Moment
    device_seq: int = Field(ge=0, le=2**62)


class OfflineBatch(Strict):
    """`sent_at` is the device's clock as it sends; the difference to ours is the error of all its times."""

    sent_at: Moment | None = None
    items: list[OfflineItem] = Field(min_length=1, max_length=500)


class Verdict(BaseModel):
    """`applied`: this was the newest we know when its turn came. `position` is what holds now; null where there is none."""

    playable_id: UUID
    applied: bool
    position: float | None
    reason: Literal["stale", "unknown_playable"] | None = None


class Verdicts(BaseModel):
    items: list[Verdict]


class ContinueItem(BaseModel):
    """What to go on with. An episode that comes next after a finished one has its position 0. `progress` from 0 to 1."""

    title_id: UUID
    playable_id: UUID
    position: float
    duration: float
    progress: float
    updated_at: datetime
    name: str
    type: Literal["movie", "series"]
    poster_url: str | None
    backdrop_url: str | None
    still_url: str | None
    season_number: int | None
    episode_number: int | None
    episode_name: str | None


class ContinueWatching(BaseModel):
    items: list[ContinueItem]


class ResumeItem(BaseModel):
    """What playing a title starts with; `completed` when all of it was seen, then this is its beginning."""

    title_id: UUID
    playable_id: UUID
    position: float
    duration: float
    completed: bool
    season_number: int | None
    episode_number: int | None
    episode_name: str | None
    updated_at: datetime


class Resumes(BaseModel):
    items: list[ResumeItem]


class HistoryItem(BaseModel):
    """Something watched on a day; `position` is where the day's viewing ended."""

    playable_id: UUID
    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    poster_url: str | None
    season_number: int | None
    episode_number: int | None
    episode_name: str | None
    position: float
    duration: float
    completed: bool
    watched_at: datetime


class ListItem(BaseModel):
    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    year: int | None
    maturity: int
    poster_url: str | None
    backdrop_url: str | None
    added_at: datetime


class NewListItem(Strict):
    title_id: UUID


class ListOrder(Strict):
    """The order wanted; titles of the list that are not named follow in the order they had."""

    title_ids: list[UUID] = Field(max_length=1000)


class TitleIds(BaseModel):
    title_ids: list[UUID]
