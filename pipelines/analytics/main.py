"""The lake: takes every topic into Iceberg tables. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.http import app
from libs.chassis.messaging.bus import Bus
from libs.contracts.registry import TOPICS
from pipelines.analytics.repository import Repository
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.settings import Settings
from pipelines.analytics.sink import Sink

NAME = "lake"


def create_app(settings: Settings) -> FastAPI:
    """Build the sink, which answers probes and metrics."""
    bus = Bus.of(settings, service=NAME)
    keyring = Keyring(Repository(settings.database_url))
    sink = Sink(settings, bus, keyring, list(TOPICS.values()))
    return app.create(NAME, settings, components=[bus, sink])


if __name__ == "__main__":
    app.serve(create_app, Settings, NAME)
