"""Whether a film may start: the gates, and the refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from libs.chassis.http.declared_problems import TRACE, ProblemDetails
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels
from libs.chassis.problems import NotFound
from services.playback.schemas.fields import TAKEOVER
from services.playback.schemas.sessions import ActiveSession

REFUSED = {
    "allowed": False,
    "gates": [
        {"gate": "account", "ok": True},
        {"gate": "profile", "ok": True},
        {"gate": "plan", "ok": False, "code": "plan_ended", "detail": "Your plan has ended."},
    ],
}


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
