"""HTTP bodies of watchstate. Positions and durations in seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import Fraction
from libs.chassis.http.units import Seconds as Duration

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _in_reach(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 2000 and 2200")
    return value


Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, description="In seconds.")]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]

# Who the examples are about.
FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
SERIES = "01993a11-0d3a-7416-93cf-2b7d5e8a9c40"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"
EPISODE_PLAYABLE = "01993a11-0d50-7b62-9f07-4d8e2a6c1b93"
POSTER = f"/images/{FILM}/poster-9c41d2e8-480.webp"

Ordinal = Annotated[int, Field(description="Its number in the series; null for films.")]


class Strict(Body):
    """A body in which a field nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class Progress(BaseModel):
    """Where this profile is in a playable."""

    model_config = example(
        playable_id=PLAYABLE,
        title_id=FILM,
        position=1872.4,
        duration=6240.4,
        completed=False,
        updated_at="2026-11-26T20:31:55Z",
    )

    playable_id: UUID
    title_id: UUID
    position: Duration
    duration: Duration
    completed: bool
    updated_at: datetime


class ProgressItems(BaseModel):
    """Positions, one for each playable that was started."""

    items: list[Progress]


class OfflineItem(Strict):
    """A position from a device that was offline: `occurred_at` by its clock, `device_seq` growing with every one it tells."""

    model_config = example(playable_id=PLAYABLE, position=2410, occurred_at="2026-11-26T18:05:12Z", device_seq=41)

    playable_id: UUID
    position: Seconds
    occurred_at: Moment
    device_seq: int = Field(ge=0, le=2**62, description="Grows with every position that the device tells.")


class OfflineBatch(Strict):
    """`sent_at` is the device's clock as it sends; the difference to ours is the error of all its times."""

    model_config = example(sent_at="2026-11-26T20:31:50Z")

    sent_at: Moment | None = None
    items: list[OfflineItem] = Field(min_length=1, max_length=500)


class Verdict(BaseModel):
    """`applied`: this was the newest we know when its turn came. `position` is what holds now; null where there is none."""

    model_config = example(playable_id=PLAYABLE, applied=True, position=2410)

    playable_id: UUID
    applied: bool
    position: Duration | None
    reason: Literal["stale", "unknown_playable"] | None = None


class Verdicts(BaseModel):
    """What became of each item, in the order they came."""

    items: list[Verdict]


class ContinueItem(BaseModel):
    """What to go on with. An episode that comes next after a finished one has its position 0. `progress` from 0 to 1."""

    model_config = example(
        title_id=SERIES,
        playable_id=EPISODE_PLAYABLE,
        position=412.8,
        duration=1680.2,
        progress=0.25,
        updated_at="2026-11-26T20:31:55Z",
        name="Lost Property After Dark",
        type="series",
        poster_url=f"/images/{SERIES}/poster-71b0c3aa-480.webp",
        season_number=1,
        episode_number=1,
        episode_name="The Cello That Hums at Four",
    )

    title_id: UUID
    playable_id: UUID
    position: Duration
    duration: Duration
    progress: Fraction
    updated_at: datetime
    name: str
    type: Literal["movie", "series"]
    poster_url: str | None
    backdrop_url: str | None
    still_url: str | None
    season_number: Ordinal | None
    episode_number: Ordinal | None
    episode_name: str | None


class ContinueWatching(BaseModel):
    """What to go on with, the newest first."""

    items: list[ContinueItem]


class ResumeItem(BaseModel):
    """What playing a title starts with; `completed` when all of it was seen, then this is its beginning."""

    model_config = example(
        title_id=FILM,
        playable_id=PLAYABLE,
        position=1872.4,
        duration=6240.4,
        completed=False,
        updated_at="2026-11-26T20:31:55Z",
    )

    title_id: UUID
    playable_id: UUID
    position: Duration
    duration: Duration
    completed: bool
    season_number: Ordinal | None
    episode_number: Ordinal | None
    episode_name: str | None
    updated_at: datetime


class Resumes(BaseModel):
    """What playing starts with, one for each title that was started."""

    items: list[ResumeItem]


class HistoryItem(BaseModel):
    """Something watched on a day; `position` is where the day's viewing ended."""

    model_config = example(
        playable_id=PLAYABLE,
        title_id=FILM,
        name="The Ninth Flash",
        type="movie",
        poster_url=POSTER,
        position=1872.4,
        duration=6240.4,
        completed=False,
        watched_at="2026-11-26T20:31:55Z",
    )

    playable_id: UUID
    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    poster_url: str | None
    season_number: Ordinal | None
    episode_number: Ordinal | None
    episode_name: str | None
    position: Duration
    duration: Duration
    completed: bool
    watched_at: datetime


class ListItem(BaseModel):
    """A title in My List."""

    model_config = example(
        title_id=FILM,
        name="The Ninth Flash",
        type="movie",
        year=2023,
        maturity=16,
        poster_url=POSTER,
        availability="playable",
        added_at="2026-11-25T21:10:03Z",
    )

    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    year: Annotated[int, Field(description="The year it was first shown.")] | None
    maturity: Annotated[int, Field(description="From this age on.")]
    poster_url: str | None
    backdrop_url: str | None
    availability: Annotated[
        Literal["playable", "listed"], Field(description="`listed`: shown before it can be played.")
    ]
    added_at: datetime


class Reminder(BaseModel):
    """A title that this profile waits for. `arrived_at`: since when it can be played; null while it cannot."""

    model_config = example(
        title_id=FILM,
        name="The Ninth Flash",
        type="movie",
        year=2023,
        maturity=16,
        poster_url=POSTER,
        asked_at="2026-11-25T21:10:03Z",
        arrived_at="2026-11-26T09:00:04Z",
    )

    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    year: Annotated[int, Field(description="The year it was first shown.")] | None
    maturity: Annotated[int, Field(description="From this age on.")]
    poster_url: str | None
    backdrop_url: str | None
    asked_at: datetime
    arrived_at: datetime | None


class Reminders(BaseModel):
    """What this profile waits for: what has arrived first, then what was asked for last."""

    items: list[Reminder]


class ChosenTrack(Strict):
    """A track by what it says of itself, for ids differ from one encoding and one episode to the next."""

    model_config = example(language="de", label="Deutsch")

    language: Annotated[str, text.token(35), Field(description="BCP 47, as the manifest has it.")]
    label: Annotated[str, text.line(100), Field(description="Tells tracks of one language apart.")] | None = None


class TrackChoice(Strict):
    """The audio and the captions chosen for a title. Null: never chosen, the film's own."""

    model_config = example(audio={"language": "de", "label": "Deutsch"}, captions="off")

    audio: ChosenTrack | None = None
    captions: ChosenTrack | Literal["off"] | None = None


class NewListItem(Strict):
    """The title to keep."""

    model_config = example(title_id=FILM)

    title_id: UUID


class ListOrder(Strict):
    """The order wanted; titles of the list that are not named follow in the order they had."""

    model_config = example(title_ids=[SERIES, FILM])

    title_ids: list[UUID] = Field(max_length=1000)


class TitleIds(BaseModel):
    """Ids of titles, in order."""

    model_config = example(title_ids=[SERIES, FILM])

    title_ids: list[UUID]
