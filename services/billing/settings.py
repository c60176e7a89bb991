"""Every environment variable of billing."""

from __future__ import annotations

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Times in seconds unless the name says days. `sandbox_payments` left out: on in development, off in production."""

    sandbox_payments: bool | None = None
    renewal_interval: float = Field(default=30, gt=0)
    grace_days: int = Field(default=3, ge=0, le=30)
    retry_hours: int = Field(default=24, ge=1)
    sandbox_tokens_per_address: int = Field(default=60, ge=1)
    throttle_window: int = Field(default=300, ge=1)

    @property
    def sandbox_enabled(self) -> bool:
        """Test cards must not pay where real people do, unless that is asked for."""
        return self.environment == "development" if self.sandbox_payments is None else self.sandbox_payments
