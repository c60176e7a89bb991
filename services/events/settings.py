"""Every setting of events."""

from __future__ import annotations

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Events needs its database. It takes nothing in while Kafka is away, and forgets what it has seen while Redis is.

    `sampling`: for a kind of event (`page`) the share of profiles whose events are kept, as JSON; all, where it says nothing.
    """

    database_url: str
    events_per_minute: int = Field(default=3_000, ge=1, description="of one profile")
    sampling: dict[str, float] = {}
    holdout: float = Field(
        default=0.0, ge=0, le=0.5, description="the share of profiles that is kept out of every experiment"
    )
