"""Every environment variable of playback."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Playback's settings, besides those every service has. Times in seconds."""

    port: int = 8013
    # While it changes two with a comma between, the new one first, which signs `grant_overlap` after it came: longer than edges
    # take to see it. `bijou keys` writes it so; the file that it is in is followed.
    grant_secret: SecretStr = SecretStr("changeme")
    grant_overlap: int = Field(default=300, ge=10)
    # How long one play may go on at most; a grant lives as long.
    longest_session: int = Field(default=12 * 3600, ge=60, le=7 * 24 * 3600)
    lease_ttl: int = Field(default=30, ge=2, le=600)
    heartbeat_interval: int = Field(default=10, ge=1, le=300)
    takeover_ttl: int = Field(default=120, ge=5, le=3600)
    sweep_interval: float = Field(default=1.0, gt=0, le=5)
    # How long a play waits for news of a plan or a title that is on its way, before it is refused.
    news_patience: float = Field(default=2.0, ge=0, le=5)
    pool_size: int = Field(default=10, ge=1, le=100)

    @model_validator(mode="after")
    def a_lease_outlives_a_missed_heartbeat(self) -> Self:
        """Refuse intervals with which one lost request would stop a film."""
        if self.lease_ttl < 2 * self.heartbeat_interval:
            raise ValueError("lease_ttl must be at least twice heartbeat_interval")
        return self
