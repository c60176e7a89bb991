"""Watchstate: where everybody is in what they watch, and what they want to watch. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay
from services.watchstate.api import my_list, progress, reminders, sync, tracks
from services.watchstate.consumers import consumers
from services.watchstate.models import Base
from services.watchstate.service.my_list import MyList
from services.watchstate.service.progress import Watching
from services.watchstate.service.reminders import Arrivals, Reminders
from services.watchstate.service.sync import Streams
from services.watchstate.service.tracks import Tracks
from services.watchstate.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="watchstate")
    facts = consumers(db, bus, clock)
    streams = Streams(db)
    return app.create(
        "watchstate",
        settings,
        routers=[
            progress.router,
            tracks.router,
            my_list.router,
            reminders.router,
            sync.router,
            dead_letters.router("watchstate", db, facts),
        ],
        components=[
            db,
            bus,
            Relay(db, bus),
            *facts,
            Arrivals(db, clock),
            streams,
            Housekeeping(db, Base),
        ],
        state={
            "watching": Watching(db, clock),
            "tracks": Tracks(db, clock),
            "my_list": MyList(db, clock),
            "reminders": Reminders(db, clock),
            "streams": streams,
        },
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "watchstate")
