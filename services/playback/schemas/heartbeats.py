"""Bodies of heartbeats."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.http.bodies import Body
from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels
from services.playback.schemas.fields import GRANT


class LeaseLostProblem(ProblemDetails):
    """The stream is over: `reason` is how it ended, or the code of the `gate` that has closed meanwhile."""

    reason: str = Field(examples=["expired"])
    gate: str | None = None


Counted = Annotated[int, Field(ge=0, le=2**53)]
Measured = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Qoe(Body):
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


class HeartbeatBody(Body):
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
