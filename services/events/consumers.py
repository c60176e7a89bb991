"""Events in: plays, their heartbeats, what their players tell, arms that were met, plans, accounts that are gone."""

from __future__ import annotations

from typing import Any

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler
from libs.contracts.billing import EntitlementChanged
from libs.contracts.client import ArmMet, PlaybackTold
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import ProgressUpdated, SessionEnded, SessionStarted
from services.events.service import experiments, exposures
from services.events.service.viewings import Viewings


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of events."""
    viewings = Viewings(clock)
    handlers: dict[type[Any], Handler] = {
        SessionStarted: Batch(viewings.started, repeatable=True),
        SessionEnded: Batch(viewings.ended, repeatable=True),
        ProgressUpdated: Batch(viewings.progressed, repeatable=True),
        PlaybackTold: Batch(viewings.told, repeatable=True),
        ArmMet: Batch(exposures.met, repeatable=True),
        EntitlementChanged: Batch(experiments.plans_changed, repeatable=True),
        AccountChanged: Batch(viewings.accounts_changed, repeatable=True),
    }
    return [Consumer("events", db, bus, handlers)]
