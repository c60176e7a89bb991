"""Watchstate: where everybody is in what they watch, and what they want to watch. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis import app
from libs.chassis.clock import Clock, SystemClock
from libs.chassis.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.messaging import Bus
from libs.chassis.outbox import Relay
from services.watchstate.api import listing, syncing, watching
from services.watchstate.consumers import consumers
from services.watchstate.models import Base
from services.watchstate.service.listing import Listing
from services.watchstate.service.syncing import Streams
from services.watchstate.service.watching import Watching
from services.watchstate.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="watchstate")
    streams = Streams(db)
    return app.create(
        "watchstate",
        settings,
        routers=[watching.router, listing.router, syncing.router],
        parts=[db, bus, Relay(db, bus), *consumers(db, bus, clock), streams, Housekeeping(db, Base)],
        state={"watching": Watching(db, clock), "listing": Listing(db, clock), "streams": streams},
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "watchstate")
