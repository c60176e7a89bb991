"""Search: the index, suggestions, and what people search for. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from services.search.api import discovery, mine, reports, search
from services.search.consumers import consumers
from services.search.models import Base
from services.search.service.discovering import Discovering
from services.search.service.gaps import Gaps
from services.search.service.indexes import Indexes
from services.search.service.meanings import TitleMeanings
from services.search.service.recents import RecentSearches
from services.search.service.remembered import Remembered
from services.search.service.searching import Searching
from services.search.service.viewers import Viewers
from services.search.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="search")
    facts = consumers(db, bus, clock)
    indexes = Indexes(db, settings.index_dir, memory=settings.writer_memory)
    meanings = TitleMeanings(db, settings.index_dir, wanted=settings.by_meaning)
    remembered = Remembered(settings.redis_url)
    viewers = Viewers(db, clock, personal=settings.personal)
    recents = RecentSearches(db, clock)
    searching = Searching(db, clock, viewers, indexes, recents, remembered)
    return app.create(
        "search",
        settings,
        routers=[
            mine.router,
            discovery.router,
            search.router,
            reports.router,
            dead_letters.router("search", db, facts),
        ],
        components=[
            db,
            bus,
            *facts,
            indexes,
            meanings,
            remembered,
            searching,
            Housekeeping(db, Base),
        ],
        state={
            "searching": searching,
            "recents": recents,
            "discovering": Discovering(viewers, indexes, searching, meanings),
            "gaps": Gaps(db, clock),
        },
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "search")
