"""What every start of a playable says about it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels, Seconds
from services.playback.schemas.fields import FILM, Ordinal


class AudioTrack(BaseModel):
    """A sound track."""

    model_config = example(language="en", label="English", codec="mp4a.40.2", channels=2)

    language: str
    label: str
    codec: str
    channels: Annotated[int, Field(description="How many loudspeakers it is mixed for.")] | None = None


class TextTrack(BaseModel):
    """Captions or subtitles."""

    model_config = example(language="en", label="English", kind="captions")

    language: str
    label: str
    kind: str


class VideoRendition(BaseModel):
    """A rung of the ladder."""

    model_config = example(height=1080, width=1920, codec="avc1.640028", bitrate=4800000)

    height: Pixels
    width: Pixels
    codec: str
    bitrate: Annotated[int, Field(description="The peak, in bit/s.")]


class Tracks(BaseModel):
    """What can be chosen while it plays."""

    audio: list[AudioTrack]
    text: list[TextTrack]
    video: list[VideoRendition]


class TitleRef(BaseModel):
    """What is being played, for the player's own screen."""

    model_config = example(
        id=FILM, type="movie", name="The Ninth Flash", poster_url=f"/images/{FILM}/poster-9c41d2e8-480.webp"
    )

    id: UUID
    type: Literal["movie", "series"]
    name: str
    season_number: Ordinal | None = None
    episode_number: Ordinal | None = None
    episode_name: str | None = None
    poster_url: str | None = None
    backdrop_url: str | None = None


class Markers(BaseModel):
    """Where the intro can be skipped and where the credits begin."""

    model_config = example(credits_start=6012)

    intro_start: Seconds | None = None
    intro_end: Seconds | None = None
    credits_start: Seconds | None = None


class NextEpisode(BaseModel):
    """What to offer at the end."""

    model_config = example(
        playable_id="01993a11-0d61-7a43-8c25-9e0f6b4d2a17",
        title_id="01993a11-0d3a-7416-93cf-2b7d5e8a9c40",
        name="Umbrella, Still Raining",
        season_number=1,
        episode_number=2,
    )

    playable_id: UUID
    title_id: UUID
    name: str
    season_number: Ordinal | None = None
    episode_number: Ordinal | None = None
    still_url: str | None = None


class PlayableAnswer(BaseModel):
    """What every start of a playable says about it. It is kept with the playable, written and read as this model.

    Fields are only ever added, with a default: rows of yesterday are read by the code of today.
    """

    title: TitleRef
    markers: Markers
    next_episode: NextEpisode | None = None
    tracks: Tracks
    trailer: str | None = None
