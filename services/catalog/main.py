"""Catalog: titles and everything that belongs to them. Wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay
from libs.chassis.object_store import open_store
from services.catalog.answers import Answers
from services.catalog.api import (
    admin_collections,
    admin_imports,
    admin_languages,
    admin_lifecycle,
    admin_media,
    admin_people,
    admin_reviews,
    admin_titles,
    admin_trailers,
    admin_versions,
    browse,
    collections,
    pages,
    people,
    reviews,
)
from services.catalog.consumers import consumers
from services.catalog.models import Base
from services.catalog.service.artwork import ArtworkUploads
from services.catalog.service.assets import AssetPointers
from services.catalog.service.browse import Browsing
from services.catalog.service.collections import CollectionBrowsing, CollectionEditing
from services.catalog.service.exports import Exports
from services.catalog.service.import_runs import ImportRuns
from services.catalog.service.imports import Importing
from services.catalog.service.languages import LanguageEditing
from services.catalog.service.lifecycle import Lifecycles
from services.catalog.service.merging import PeopleMerging
from services.catalog.service.moderation import Moderation
from services.catalog.service.own_stars import OwnStars
from services.catalog.service.pages import Pages
from services.catalog.service.people import PeopleBrowsing, PeopleEditing
from services.catalog.service.reviews import Reviewing
from services.catalog.service.schedules import Schedules
from services.catalog.service.sweeping import Sweeping
from services.catalog.service.titles import TitleEditing
from services.catalog.service.trailers import TrailerEditing
from services.catalog.service.versions import Versions
from services.catalog.service.withdrawals import Withdrawals
from services.catalog.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Build the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="catalog")
    facts = consumers(db, bus, clock)
    runs, schedules = ImportRuns(db, clock), Schedules(db, clock)
    store = open_store(settings.object_store_url)
    withdrawals = Withdrawals(db, store, clock)
    return app.create(
        "catalog",
        settings,
        routers=[
            browse.router,
            people.router,
            collections.router,
            pages.router,
            pages.documents,
            reviews.router,
            admin_titles.router,
            admin_trailers.router,
            admin_media.router,
            admin_people.router,
            admin_collections.router,
            admin_reviews.router,
            admin_languages.router,
            admin_imports.router,
            admin_lifecycle.router,
            admin_versions.router,
            dead_letters.router("catalog", db, facts),
        ],
        components=[
            db,
            bus,
            Relay(db, bus),
            *facts,
            runs,
            schedules,
            withdrawals,
            Sweeping(db, store),
            Housekeeping(db, Base, clock=clock),
        ],
        state={
            "answers": Answers(db, clock, settings.kept_answers),
            "browsing": Browsing(db, clock),
            "own_stars": OwnStars(db),
            "people_browsing": PeopleBrowsing(db, clock),
            "people_editing": PeopleEditing(db, clock),
            "people_merging": PeopleMerging(db, clock),
            "collection_browsing": CollectionBrowsing(db, clock),
            "collection_editing": CollectionEditing(db, clock),
            "pages": Pages(db, clock, settings),
            "reviewing": Reviewing(db, clock, settings),
            "moderation": Moderation(db, clock),
            "importing": Importing(db, clock, settings, runs.wake),
            "exports": Exports(db),
            "lifecycles": Lifecycles(db, clock, settings, schedules.wake),
            "language_editing": LanguageEditing(db, clock),
            "versions": Versions(db, clock),
            "withdrawals": withdrawals,
            "title_editing": TitleEditing(db, clock),
            "trailer_editing": TrailerEditing(db, clock),
            "artwork_uploads": ArtworkUploads(db, store, clock),
            "asset_pointers": AssetPointers(db, clock),
        },
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "catalog")
