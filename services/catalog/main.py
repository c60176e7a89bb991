"""Catalog: titles and everything that belongs to them. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis import app
from libs.chassis.clock import Clock, SystemClock
from libs.chassis.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.messaging import Bus
from libs.chassis.objects import open_store
from libs.chassis.outbox import Relay
from services.catalog.api import admin_media, admin_titles, browse
from services.catalog.consumers import consumers
from services.catalog.models import Base
from services.catalog.service.arrivals import Pointers
from services.catalog.service.browsing import Browsing
from services.catalog.service.editing import Editing
from services.catalog.service.pictures import Pictures
from services.catalog.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="catalog")
    return app.create(
        "catalog",
        settings,
        routers=[browse.router, admin_titles.router, admin_media.router],
        parts=[db, bus, Relay(db, bus), *consumers(db, bus, clock), Housekeeping(db, Base)],
        state={
            "browsing": Browsing(db, clock),
            "editing": Editing(db, clock, settings.news_patience),
            "pictures": Pictures(db, open_store(settings.object_store_url), clock),
            "pointers": Pointers(db, clock),
        },
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "catalog")
