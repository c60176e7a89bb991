"""Events in: titles, plays, viewings, lists, ratings, what is watched most, accounts."""

from __future__ import annotations

from typing import Any

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler
from libs.contracts.catalog import TitleChanged, TitleRated
from libs.contracts.client import CardShown, Clicked
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import TrendingChanged
from libs.contracts.views import ViewClosed
from libs.contracts.watch import HistoryCleared, HistoryHidden, ListChanged
from services.recommendation.service import projections


def consumers(db: Database, bus: Bus, _clock: Clock) -> list[Consumer]:
    """Return the consumers of recommendation. An event that comes twice changes nothing the second time."""
    handlers: dict[type[Any], Handler] = {
        TitleChanged: Batch(projections.titles_changed, repeatable=True),
        TitleRated: Batch(projections.titles_rated, repeatable=True),
        SessionStarted: Batch(projections.sessions_started, repeatable=True),
        ViewClosed: Batch(projections.views_closed, repeatable=True),
        ListChanged: Batch(projections.lists_changed, repeatable=True),
        HistoryCleared: Batch(projections.histories_cleared, repeatable=True),
        HistoryHidden: Batch(projections.titles_hidden, repeatable=True),
        TrendingChanged: Batch(projections.trending_changed, repeatable=True),
        AccountChanged: Batch(projections.accounts_changed, repeatable=True),
        # These are counted, and so each is remembered in the inbox.
        CardShown: Batch(projections.cards_used),
        Clicked: Batch(projections.cards_used),
    }
    return [Consumer("recommendation", db, bus, handlers)]
