"""Every setting of recommendation."""

from __future__ import annotations

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Recommendation needs its database and the store its models lie in; Kafka may come later."""

    database_url: str
    object_store_url: str
    # Where training has a machine of its own, that runs `bijou train`.
    train_daily: bool = True
