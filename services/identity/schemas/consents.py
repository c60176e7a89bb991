"""Bodies about consents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example

# What has to be agreed to; what runs the service is not asked for.
Consent = Literal["analytics", "personalisation"]


class ConsentsBody(Body):
    """Everything that this profile agrees to from now on; what is not named is refused."""

    model_config = ConfigDict(extra="forbid", **example(consents=["personalisation"]))

    consents: Annotated[list[Consent], Field(max_length=10)]


class Consents(BaseModel):
    """What this profile has agreed to. `answered_at` is null while it has not answered; a child's profile is not asked."""

    model_config = example(
        consents=["personalisation"], asked_for=["analytics", "personalisation"], answered_at="2026-11-27T19:02:11Z"
    )

    consents: list[Consent]
    asked_for: Annotated[list[Consent], Field(description="What this profile may agree to.")]
    answered_at: datetime | None
