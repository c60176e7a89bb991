"""Wiring of playback."""

from __future__ import annotations

import time

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay
from libs.chassis.security.followed import Followed
from libs.chassis.security.tokens import Verifier
from services.playback import api, consumers
from services.playback.grants import Grants, parted
from services.playback.models import Base
from services.playback.service.ended_sessions import Edges
from services.playback.service.keep_alive import KeepAlive
from services.playback.service.starting import Starting
from services.playback.settings import Settings
from services.playback.sweeper import Sweeper

# Every statement here finds its rows by key. Without this a plan made while a table was empty goes on reading all of it
# after it has filled, until statistics are next gathered: starts took twice as long by then.
BY_KEY = {"enable_seqscan": "off"}


def grants_of(settings: Settings) -> Grants:
    """Return what signs grants; of two secrets the new one once it has been there for `grant_overlap`."""
    secrets, since = parted(settings.grant_secret.get_secret_value())
    return Grants(*secrets, settled_at=(since or time.time()) + settings.grant_overlap)


def following(settings: Settings, grants: Grants) -> list[Component]:
    """Return what follows the file of the secret, where it is in one."""

    def take(held: str) -> None:
        grants.replace(*parted(held)[0], settled_at=time.time() + settings.grant_overlap)

    file = settings.file_of("grant_secret")
    return [Followed("grant_secret", file, take)] if file else []


def create_app(settings: Settings, *, verifier: Verifier | None = None, clock: Clock | None = None) -> FastAPI:
    db = Database.of(settings, pool_size=settings.pool_size, hot_pool_size=settings.pool_size, settings=BY_KEY)
    bus = Bus.of(settings, service="playback")
    grants = grants_of(settings)
    facts = consumers.consumers(db, bus, clock or SystemClock())
    return app.create(
        "playback",
        settings,
        routers=[api.hot, api.router, api.inner, dead_letters.router("playback", db, facts)],
        components=[
            db,
            bus,
            Relay(db, bus),
            *facts,
            Sweeper(db, settings.sweep_interval),
            Housekeeping(db, Base),
            *following(settings, grants),
        ],
        state={
            "starting": Starting(db, grants, settings, clock),
            "keep_alive": KeepAlive(db, grants, settings, clock),
            "edges": Edges(db, grants, settings, clock),
        },
        verifier=verifier,
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "playback")
