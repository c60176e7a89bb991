"""HTTP bodies: how playing goes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example


class PlaybackGroup(BaseModel):
    """Plays of one title, country, device or edge: `key` is its id or name, null where nobody told it.

    `failure_rate` and `rebuffer_ratio` are shares from 0 to 1, null where nothing was told to count.
    """

    model_config = example(
        key="0199a4cf-1b2c-7d3e-8f40-516273849506", plays=212, playing=31, failure_rate=0.0047, startup_p50_ms=410.0,
        startup_p95_ms=1130.0, rebuffer_ratio=0.0009,
    )  # fmt: skip

    key: str | None
    plays: Annotated[int, Field(description="Begun in the window.")]
    playing: Annotated[int, Field(description="Of those, the ones that are still going on.")]
    failure_rate: float | None
    startup_p50_ms: Annotated[float | None, Field(description="Half of the plays started sooner than this.")]
    startup_p95_ms: Annotated[float | None, Field(description="19 of 20 plays started sooner than this.")]
    rebuffer_ratio: float | None


class PlaysAMinute(BaseModel):
    """Plays that began in a minute, and how they went.

    `startup_p50_ms`, `startup_p95_ms`: milliseconds to the first picture of half of them, and of nineteen in twenty.
    """

    model_config = example(at="2026-11-27T20:14:00Z", plays=17, failed=0, startup_p50_ms=390.0, startup_p95_ms=1080.0)

    at: datetime
    plays: Annotated[int, Field(description="How many began.")]
    failed: Annotated[int, Field(description="Of those, the ones whose player gave up.")]
    startup_p50_ms: float | None
    startup_p95_ms: float | None


class PlaybackReport(BaseModel):
    """How playing goes, over a window that slides with the clock; trailers are not counted.

    `playing` counts all that goes on now, whenever it began. It is computed from what is stored, so a restart changes nothing.
    """

    model_config = example(since="2026-11-27T19:15:00Z", until="2026-11-27T20:15:00Z", playing=342)

    since: datetime
    until: datetime
    playing: int
    total: PlaybackGroup
    minutes: list[PlaysAMinute]
    items: Annotated[list[PlaybackGroup], Field(description="By what was asked for, most plays first.")]
