"""HTTP bodies of playback. Positions and durations in seconds, heights in pixels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.http.declared_problems import TRACE, ProblemDetails
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels, Seconds, WholeSeconds
from libs.chassis.problems import NotFound

# Who the examples are about.
FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"
DEVICE = "01993b7e-5c20-7f03-b1c8-6d4e2a9c7f58"
SESSION = "0199a4d0-8e2f-7b35-8c91-7d0e4f2a6b18"
SESSION_BEFORE = "0199a4c2-1b7d-7e04-95f3-2c8a6d0e4b71"
TAKEOVER = "Xo3cV7dLw0yT5sKfHn8uE4aGzR2bQmJ9"
ASSET = "01993a05-2f60-7e91-a7b3-c5d8e1f40962"
GRANT = f"/media/1796000000~{ASSET}~{SESSION}~1080~3f7a"

REFUSED = {
    "allowed": False,
    "gates": [
        {"gate": "account", "ok": True},
        {"gate": "profile", "ok": True},
        {"gate": "plan", "ok": False, "code": "plan_ended", "detail": "Your plan has ended."},
    ],
}

Fencing = Annotated[int, Field(description="The lease's number: only the newest holder of a slot is heard.")]
Ordinal = Annotated[int, Field(description="Its number in the series; null for films.")]


class Capabilities(BaseModel):
    """What the device can show."""

    model_config = example(max_height=1080)

    max_height: int | None = Field(default=None, ge=1, le=10_000, description="The screen's height in pixels.")


class StartBody(BaseModel):
    """What to play, and on which of the account's devices (the token's own where left out).

    `replaces` names a session of the same sign-in that ends in the same decision, before streams are counted: the episode
    before, the play to retry. One that has ended already, or is not this sign-in's, is left as it is.
    """

    model_config = example(playable_id=PLAYABLE, capabilities={"max_height": 1080})

    playable_id: UUID
    device_id: UUID | None = None
    capabilities: Capabilities | None = None
    replaces: UUID | None = None


class Gate(BaseModel):
    """One gate's verdict; `code` and `detail` where it is closed."""

    model_config = example(gate="plan", ok=True)

    gate: Literal["account", "profile", "plan", "height", "title", "region", "window", "maturity", "device", "slot"]
    ok: bool
    code: str | None = None
    detail: str | None = None


class Decision(BaseModel):
    """Every gate's verdict in order. `max_height` is the greatest rendition the plan and the device allow."""

    model_config = example(
        allowed=True,
        gates=[
            {"gate": gate, "ok": True}
            for gate in (
                "account",
                "profile",
                "plan",
                "height",
                "title",
                "region",
                "window",
                "maturity",
                "device",
                "slot",
            )
        ],
        max_height=1080,
    )

    allowed: bool
    gates: list[Gate]
    max_height: Pixels | None = None


class Manifests(BaseModel):
    """Where the players find the same segments, as HLS and as DASH; paths on the public address."""

    model_config = example(hls=f"{GRANT}/{ASSET}/r1/master.m3u8", dash=f"{GRANT}/{ASSET}/r1/manifest.mpd")

    hls: str
    dash: str


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


class Trickplay(BaseModel):
    """A WebVTT map of preview images over time."""

    model_config = example(vtt=f"{GRANT}/{ASSET}/r1/thumbnails.vtt")

    vtt: str


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


class PlaySession(BaseModel):
    """An admitted play. `fencing` goes into every heartbeat; `license` is null for titles that are not encrypted."""

    model_config = example(
        session_id=SESSION,
        fencing=17,
        resume_at=1872.4,
        duration=6240.4,
        max_height=1080,
        heartbeat_interval=10,
        expires_at="2026-11-26T20:32:25Z",
        grant_expires_at="2026-11-27T08:31:55Z",
    )

    session_id: UUID
    fencing: Fencing
    decision: Decision
    manifests: Manifests
    license: None = None
    tracks: Tracks
    trickplay: Trickplay | None = None
    resume_at: Seconds
    duration: Seconds
    max_height: Pixels | None = None
    title: TitleRef
    markers: Markers
    next_episode: NextEpisode | None = None
    trailer: str | None = Field(
        default=None, description="The trailer's name; null for films and episodes. Nobody's place in it is kept."
    )
    heartbeat_interval: WholeSeconds
    expires_at: datetime
    grant_expires_at: datetime


class ActiveSession(BaseModel):
    """A stream that runs. To a profile with an age limit `title` and `position` are left empty."""

    model_config = example(
        session_id=SESSION_BEFORE,
        title="The Ninth Flash",
        device="Living room",
        profile="Iris",
        started_at="2026-11-26T20:16:40Z",
        position=905.5,
    )

    session_id: UUID
    title: str
    device: str
    profile: str
    started_at: datetime
    position: Seconds


class ActiveSessions(BaseModel):
    """Who holds the account's stream slots now, oldest first."""

    items: list[ActiveSession]


class TakeoverLink(BaseModel):
    """POST to `href` once before `expires_at`: it ends the oldest stream and starts this one."""

    model_config = example(href=f"/api/v1/playback/takeovers/{TAKEOVER}", expires_at="2026-11-26T20:33:55Z")

    href: str
    expires_at: datetime


class PlayRefused(ProblemDetails):
    """A refusal with the whole decision."""

    model_config = example(**NotFound().body(TRACE), decision=REFUSED)

    decision: Decision | None = Field(default=None, description="Where it was a gate that refused.")


class StreamsExceededProblem(PlayRefused):
    """All slots are taken: by whom, and how to take one over."""

    decision: Decision
    active: list[ActiveSession]
    takeover: TakeoverLink
    limit: Annotated[int, Field(description="How many screens the plan allows.", examples=[2])]


class LeaseLostProblem(ProblemDetails):
    """The stream is over: `reason` is how it ended, or the code of the `gate` that has closed meanwhile."""

    reason: str = Field(examples=["expired"])
    gate: str | None = None


Counted = Annotated[int, Field(ge=0, le=2**53)]
Measured = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Qoe(BaseModel):
    """Quality of experience since the last heartbeat that was accepted; anything more is ignored here.

    `startup_ms` and `rebuffer_ms` in milliseconds, `bitrate` in bit/s, `height` in pixels; `rebuffer_count` and `dropped_frames`
    are how many.
    """

    model_config = ConfigDict(extra="ignore")

    startup_ms: Measured | None = None
    rebuffer_count: Counted = 0
    rebuffer_ms: Measured = 0
    bitrate: Measured | None = None
    height: Counted | None = None
    dropped_frames: Counted | None = None


class HeartbeatBody(BaseModel):
    """`seq` grows with every heartbeat of the session; a repeated one changes nothing."""

    model_config = example(seq=12, fencing=17, position=1992.4, state="playing")

    seq: int = Field(ge=1, le=2**53, description="1 for the first heartbeat of the session.")
    fencing: int = Field(ge=1, le=2**53, description="As the start gave it.")
    position: float = Field(ge=0, le=1e7, allow_inf_nan=False, description="In seconds.")
    state: Literal["playing", "paused", "buffering", "ended"]
    qoe: Qoe | None = None


class HeartbeatAnswer(BaseModel):
    """`grant` is the prefix of every media path of this session: another one than before only where the plan has changed.

    It is good until `grant_expires_at`, and up to `max_height`.
    """

    model_config = example(
        expires_at="2026-11-26T20:34:25Z", grant=GRANT, grant_expires_at="2026-11-27T08:31:55Z", max_height=1080
    )

    expires_at: datetime
    grant: str
    grant_expires_at: datetime
    max_height: Pixels | None = None
