"""Bodies of starting a film."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels, Seconds, WholeSeconds
from services.playback.schemas.decisions import Decision
from services.playback.schemas.fields import ASSET, GRANT, PLAYABLE, SESSION, Fencing
from services.playback.schemas.playables import Markers, NextEpisode, TitleRef, Tracks


class Capabilities(Body):
    """What the device can show."""

    model_config = example(max_height=1080)

    max_height: int | None = Field(default=None, ge=1, le=10_000, description="The screen's height in pixels.")


class StartBody(Body):
    """What to play, and on which of the account's devices (the token's own where left out).

    `replaces` names a session of the same sign-in that ends in the same decision, before streams are counted: the episode
    before, the play to retry. One that has ended already, or is not this sign-in's, is left as it is.
    """

    model_config = example(playable_id=PLAYABLE, capabilities={"max_height": 1080})

    playable_id: UUID
    device_id: UUID | None = None
    capabilities: Capabilities | None = None
    replaces: UUID | None = None


class Manifests(BaseModel):
    """Where the players find the same segments, as HLS and as DASH; paths on the public address."""

    model_config = example(hls=f"{GRANT}/{ASSET}/r1/master.m3u8", dash=f"{GRANT}/{ASSET}/r1/manifest.mpd")

    hls: str
    dash: str


class Trickplay(BaseModel):
    """A WebVTT map of preview images over time."""

    model_config = example(vtt=f"{GRANT}/{ASSET}/r1/thumbnails.vtt")

    vtt: str


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
