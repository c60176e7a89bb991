"""Billing, wired: plans, payment methods, subscriptions, their renewal."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from services.billing import api
from services.billing.clients.sandbox import Sandbox
from services.billing.consumers import consumers
from services.billing.models import Base
from services.billing.service.base import Core
from services.billing.service.charging import Charging
from services.billing.service.payment_methods import Methods
from services.billing.service.renewals import Renewals
from services.billing.service.subscriptions import Subscriptions
from services.billing.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Wire the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="billing")
    facts = consumers(db, bus, clock)
    limiter = Limiter(settings.redis_url)
    sandbox = Sandbox(db, clock)
    # Charges made while the sandbox was on can be looked up and renewed after it was switched off for new cards.
    core = Core(db, {sandbox.name: sandbox}, clock, settings)
    charging = Charging(core)
    subscriptions = Subscriptions(core, charging)
    renewals = Renewals(core, charging, subscriptions)
    return app.create(
        "billing",
        settings,
        routers=[api.router, dead_letters.router("billing", db, facts)],
        components=[
            db,
            limiter,
            bus,
            outbox.Relay(db, bus),
            *facts,
            renewals,
            Housekeeping(db, Base),
        ],
        state={
            "limiter": limiter,
            "sandbox": sandbox if settings.sandbox_enabled else None,
            "subscriptions": subscriptions,
            "methods": Methods(core),
            "renewals": renewals,
        },
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "billing")
