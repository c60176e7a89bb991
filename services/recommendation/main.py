"""Recommendation: rows, similar titles, what profiles like, and the models that choose. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from libs.chassis.object_store import open_store
from services.recommendation.api import choices, tastes
from services.recommendation.consumers import consumers
from services.recommendation.keeper import Keeper, in_a_process
from services.recommendation.models import Base
from services.recommendation.service.choosing import Choosing
from services.recommendation.service.in_use import PRIVATE, InUse
from services.recommendation.service.people import People
from services.recommendation.service.pictures import Pictures
from services.recommendation.service.popularity import Popularity
from services.recommendation.service.shelf import Shelf
from services.recommendation.service.tasting import Tasting
from services.recommendation.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="recommendation")
    facts = consumers(db, bus, clock)
    popularity = Popularity(db, clock)
    in_use = InUse(db, open_store(settings.object_store_url, PRIVATE))
    shelf = Shelf(db, popularity, in_use)
    people, pictures = People(db, clock), Pictures(db)
    training = [Keeper(db, clock, in_a_process)] if settings.train_daily else []
    return app.create(
        "recommendation",
        settings,
        routers=[choices.router, tastes.router, dead_letters.router("recommendation", db, facts)],
        components=[
            db,
            bus,
            *facts,
            popularity,
            in_use,
            shelf,
            pictures,
            *training,
            Housekeeping(db, Base),
        ],
        state={"choosing": Choosing(shelf, people, pictures), "tasting": Tasting(db, clock, shelf, people)},
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "recommendation")
