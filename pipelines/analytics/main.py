"""The lake: takes every topic into Iceberg tables, and computes from them what is asked every day. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import SystemClock
from libs.chassis.http import app
from libs.chassis.messaging.bus import Bus
from libs.contracts.registry import TOPICS
from pipelines.analytics import api
from pipelines.analytics.keeper import Keeper
from pipelines.analytics.repository import Repository
from pipelines.analytics.service.indicators import Indicators
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.settings import Settings
from pipelines.analytics.sink import Sink

NAME = "lake"


def create_app(settings: Settings) -> FastAPI:
    """Build the sink, the keeper, and the report of how good what they made is."""
    bus = Bus.of(settings, service=NAME)
    repository = Repository(settings.database_url)
    sink = Sink(settings, bus, Keyring(repository), list(TOPICS.values()))
    keeper = Keeper(settings, repository, SystemClock())
    state = {"indicators": Indicators(settings, SystemClock())}
    return app.create(NAME, settings, routers=[api.router], components=[bus, sink, keeper], state=state)


if __name__ == "__main__":
    app.serve(create_app, Settings, NAME)
