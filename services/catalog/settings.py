"""Every setting of catalog."""

from __future__ import annotations

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Catalog needs its database and the object store that holds the artwork; Kafka may come later."""

    database_url: str
    object_store_url: str
