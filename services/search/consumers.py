"""Events in: titles, their ratings, plays, what is watched lately, accounts."""

from __future__ import annotations

from typing import Any

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler
from libs.contracts.catalog import TitleChanged, TitleRated
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import TrendingChanged
from services.search.service import projections


def consumers(db: Database, bus: Bus, _clock: Clock) -> list[Consumer]:
    """Return the consumers of search."""
    handlers: dict[type[Any], Handler] = {
        TitleChanged: Batch(projections.titles_changed, repeatable=True),
        TitleRated: Batch(projections.titles_rated, repeatable=True),
        TrendingChanged: Batch(projections.trending_changed, repeatable=True),
        AccountChanged: Batch(projections.accounts_changed, repeatable=True),
        # Each play counts once, so each is remembered in the inbox.
        SessionStarted: Batch(projections.sessions_started),
    }
    return [Consumer("search", db, bus, handlers)]
