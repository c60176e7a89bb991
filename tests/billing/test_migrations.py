"""What there was before a migration is kept by it, and what is under way goes on after it."""

import asyncio

from libs.chassis.data import migrations
from services.billing.service import charging
from tests.billing.conftest import Billing
from tests.billing.invariants import check_money, check_told
from tests.billing.provider import Tapped


async def move(billing: Billing) -> None:
    """Down to the first migration and up again, with everything in it."""
    await asyncio.to_thread(migrations.downgrade, "services.billing", billing.url, "2026_11_20_subscriptions")
    await asyncio.to_thread(migrations.upgrade, "services.billing", billing.url)


async def test_down_and_up_again_with_money_in_it(billing: Billing) -> None:
    yearly, trial = billing.viewer(), billing.viewer()
    await yearly.subscribe("basic-year", await yearly.card())
    await trial.subscribe("standard-month", await trial.card())
    paths = ("/me/subscription", "/me/invoices", "/me/payment-methods")
    before = [(await who.call("GET", path)).json() for who in (yearly, trial) for path in paths]
    await move(billing)
    assert [(await who.call("GET", path)).json() for who in (yearly, trial) for path in paths] == before
    billing.later(14)
    assert await billing.renewals.run_once() == 1
    assert sorted(await billing.charged()) == [1299, 6990]
    await check_told(trial)
    await check_money(billing, settled=True)


async def test_money_on_its_way_back_arrives_although_code_of_before_ran_in_between(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    await viewer.subscribe("basic-month", await viewer.card())
    billing.later(14)

    async def cancel() -> None:
        provider.after = None
        await viewer.call("DELETE", "/me/subscription")

    provider.after, provider.away = cancel, {"refund"}
    try:
        await billing.renewals.run_once()
    except charging.PaymentUnavailable:
        provider.away = set()
    assert [row["state"] for row in await billing.rows("SELECT state FROM charge_attempts")] == ["undoing"]
    await move(billing)
    assert [row["state"] for row in await billing.rows("SELECT state FROM charge_attempts")] == ["pending"]
    billing.later(400)
    await billing.renewals.run_once()
    assert await billing.charged() == []
    await check_money(billing, settled=True)
