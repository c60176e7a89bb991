"""Events: takes in what apps tell, and keeps one record of every viewing. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.flags import Flags
from libs.chassis.messaging.outbox import Relay
from libs.chassis.messaging.publishing import Publisher
from libs.chassis.security.revocations import Revocations
from libs.contracts.client import CLIENT
from services.events.api import experiments, intake, reports
from services.events.clients.seen import Seen
from services.events.consumers import consumers
from services.events.models import Base
from services.events.service.analysis import Analysis
from services.events.service.experiments import Experiments
from services.events.service.intake import Intake
from services.events.service.live import Live
from services.events.service.meetings import Meetings
from services.events.service.reports import Reports
from services.events.settings import Settings
from services.events.sweeper import Ranker, Sweeper


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="events")
    facts = consumers(db, bus, clock)
    seen = Seen(settings.redis_url)
    revocations, flags = Revocations(), Flags()
    taking = Intake(
        Publisher(bus, CLIENT.name),
        seen,
        Meetings(db, flags),
        clock,
        per_minute=settings.events_per_minute,
        sampling=settings.sampling,
    )
    reading = Reports(db, clock)
    live = Live(reading, revocations, flags)
    return app.create(
        "events",
        settings,
        routers=[
            intake.router,
            reports.router,
            experiments.router,
            experiments.staff,
            dead_letters.router("events", db, facts),
        ],
        components=[
            db,
            bus,
            Relay(db, bus),
            *facts,
            seen,
            Sweeper(db, clock),
            Ranker(db, clock),
            flags.follow(bus),
            live,
            Housekeeping(db, Base),
        ],
        state={
            "intake": taking,
            "reports": reading,
            "live": live,
            "experiments": Experiments(db, clock, holdout=settings.holdout),
            "analysis": Analysis(db, clock),
        },
        revocations=revocations,
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "events")
