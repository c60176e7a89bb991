"""HTTP bodies of playback. Positions and durations in seconds, heights in pixels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.openapi import ProblemDetails


class Capabilities(BaseModel):
    """What the device can show."""

    max_height: int | None = Field(default=None, ge=1, le=10_000)


class StartBody(BaseModel):
    """What to play, and on which of the account's devices (the token's own where left out).

    `replaces` names a session of the same sign-in that ends in the same decision, before streams are counted: the episode
    before, the play to retry. One that has ended already, or is not this sign-in's, is left as it is.
    """

    playable_id: UUID
    device_id: UUID | None = None
    capabilities: Capabilities | None = None
    replaces: UUID | None = None


class Gate(BaseModel):
    """One gate's verdict; `code` and `detail` where it is closed."""

    gate: Literal["account", "profile", "plan", "height", "title", "region", "window", "maturity", "device", "slot"]
    ok: bool
    code: str | None = None
    detail: str | None = None


class Decision(BaseModel):
    """Every gate's verdict in order. `max_height` is the greatest rendition the plan and the device allow."""

    allowed: bool
    gates: list[Gate]
    max_height: int | None = None


class Manifests(BaseModel):
    """Where the players find the same segments, as HLS and as DASH; paths on the public address."""

    hls: str
    dash: str


class AudioTrack(BaseModel):
    language: str
    label: str
    codec: str
    channels: int | None = None


class TextTrack(BaseModel):
    language: str
    label: str
    kind: str


class VideoRendition(BaseModel):
    height: int
    width: int
    codec: str
    bitrate: int


class Tracks(BaseModel):
    audio: list[AudioTrack]
    text: list[TextTrack]
    video: list[VideoRendition]


class Trickplay(BaseModel):
    """A WebVTT map of preview images over time."""

    vtt: str


class TitleRef(BaseModel):
    """What is being played, for the player's own screen."""

    id: UUID
    type: Literal["movie", "series"]
    name: str
    season_number: int | None = None
    episode_number: int | None = None
    episode_name: str | None = None
    poster_url: str | None = None
    backdrop_url: str | None = None


class Markers(BaseModel):
    """Where the intro can be skipped and where the credits begin."""

    intro_start: float | None = None
    intro_end: float | None = None
    credits_start: float | None = None


class NextEpisode(BaseModel):
    playable_id: UUID
    title_id: UUID
    name: str
    season_number: int | None = None
    episode_number: int | None = None
    still_url: str | None = None


class PlayableAnswer(BaseModel):
    """What every start of a playable says about it. It is kept with the playable, written and read as this model.

    Fields are only ever added, with a default: rows of yesterday are read by the code of today.
    """

    title: TitleRef
    markers: Markers
    next_episode: NextEpisode | None = None
    tracks: Tracks


class PlaySession(BaseModel):
    """An admitted play. `fencing` goes into every heartbeat; `license` is null for titles that are not encrypted."""

    session_id: UUID
    fencing: int
    decision: Decision
    manifests: Manifests
    license: None = None
    tracks: Tracks
    trickplay: Trickplay | None = None
    resume_at: float
    duration: float
    max_height: int | None = None
    title: TitleRef
    markers: Markers
    next_episode: NextEpisode | None = None
    heartbeat_interval: int
    expires_at: datetime
    grant_expires_at: datetime


class ActiveSession(BaseModel):
    """A stream that runs. To a profile with an age limit `title` and `position` are left empty."""

    session_id: UUID
    title: str
    device: str
    profile: str
    started_at: datetime
    position: float


class ActiveSessions(BaseModel):
    """Who holds the account's stream slots now, oldest first."""

    items: list[ActiveSession]


class TakeoverLink(BaseModel):
    """POST to `href` once before `expires_at`: it ends the oldest stream and starts this one."""

    href: str
    expires_at: datetime


class PlayRefused(ProblemDetails):
    """A refusal with the whole decision."""

    decision: Decision


class StreamsExceededProblem(PlayRefused):
    """All slots are taken: by whom, and how to take one over."""

    active: list[ActiveSession]
    takeover: TakeoverLink
    limit: int


class LeaseLostProblem(ProblemDetails):
    """The stream is over: `reason` is how it ended, or the code of the `gate` that has closed meanwhile."""

    reason: str
    gate: str | None = None


Counted = Annotated[int, Field(ge=0, le=2**53)]
Measured = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Qoe(BaseModel):
    """Quality of experience since the last heartbeat that was accepted; anything more is ignored here."""

    model_config = ConfigDict(extra="ignore")

    startup_ms: Measured | None = None
    rebuffer_count: Counted = 0
    rebuffer_ms: Measured = 0
    bitrate: Measured | None = None
    height: Counted | None = None
    dropped_frames: Counted | None = None


class HeartbeatBody(BaseModel):
    """`seq` grows with every heartbeat of the session; a repeated one changes nothing."""

    seq: int = Field(ge=1, le=2**53)
    fencing: int = Field(ge=1, le=2**53)
    position: float = Field(ge=0, le=1e7, allow_inf_nan=False)
    state: Literal["playing", "paused", "buffering", "ended"]
    qoe: Qoe | None = None


class HeartbeatAnswer(BaseModel):
    """`grant` is the prefix of every media path of this session: another one than before only where the plan has changed.

    It is good until `grant_expires_at`, and up to `max_height`.
    """

    expires_at: datetime
    grant: str
    grant_expires_at: datetime
    max_height: int | None = None
