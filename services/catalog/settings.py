"""Every setting of catalog."""

from __future__ import annotations

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Catalog needs its database and the object store that holds the artwork; Kafka may come later."""

    database_url: str
    object_store_url: str
    # How long a publication waits for news of an asset that is on its way, before it is refused.
    news_patience: float = Field(default=3.0, ge=0, le=10)
