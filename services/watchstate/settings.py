"""Every setting of watchstate."""

from __future__ import annotations

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Watchstate needs its database; Kafka may come later."""

    database_url: str
