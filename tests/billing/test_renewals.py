"""Renewals: periods, grace, failed cards, cancellations, and books that balance over two years."""

import random
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.identity import AccountChanged
from services.billing.consumers import accounts_changed
from tests.billing.conftest import DAY, FAILS_LATER, Billing, Viewer


async def current(viewer: Viewer) -> tuple[str, datetime]:
    body = (await viewer.call("GET", "/me/subscription")).json()
    return body["status"], datetime.fromisoformat(body["current_period_end"])


async def test_a_trial_becomes_a_paid_month_counted_from_its_end(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("standard-month", await viewer.card())
    billing.clock.advance(14 * DAY - 1)
    assert await billing.renewals.run_once() == 0
    billing.clock.advance(1)
    assert await billing.renewals.run_once() == 1
    assert await billing.renewals.run_once() == 0
    assert await current(viewer) == ("active", datetime(2027, 3, 14, 12, tzinfo=UTC))
    assert await billing.charged() == [1299]
    told = (await viewer.entitlements())[-1]
    assert (told.status, told.valid_until) == ("active", datetime(2027, 3, 17, 12, tzinfo=UTC))


async def test_month_ends_come_back_to_the_day_they_began_with(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await billing.rows("INSERT INTO customers (account_id, trial_used_at) VALUES ($1, now())"
                       " ON CONFLICT (account_id) DO UPDATE SET trial_used_at = now()", viewer.id)  # fmt: skip
    await viewer.subscribe("basic-month", card)
    ends = []
    for _ in range(4):
        ends.append((await current(viewer))[1])
        billing.clock.advance((ends[-1] - billing.clock.now()).total_seconds())
        await billing.renewals.run_once()
    assert [end.strftime("%m-%d") for end in ends] == ["02-28", "03-31", "04-30", "05-31"]
    await billing.check_books()


async def test_a_failed_renewal_has_its_grace_and_then_ends(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card(FAILS_LATER))
    billing.clock.advance(14 * DAY)
    await billing.renewals.run_once()
    assert (await current(viewer))[0] == "past_due"
    told = (await viewer.entitlements())[-1]
    assert (told.status, told.max_streams, told.valid_until) == ("past_due", 1, billing.clock.now() + timedelta(days=3))
    for day in range(3):
        assert (await current(viewer))[0] == "past_due", day
        billing.clock.advance(DAY)
        await billing.renewals.run_once()
    assert (await current(viewer))[0] == "canceled"
    told = (await viewer.entitlements())[-1]
    assert (told.status, told.max_streams, told.valid_until) == ("canceled", 0, billing.clock.now())
    assert await billing.charged() == []


async def test_another_card_saves_it_at_once_and_keeps_the_day(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card(FAILS_LATER))
    billing.clock.advance(14 * DAY)
    await billing.renewals.run_once()
    billing.clock.advance(3600)
    await viewer.card(is_default=True)
    await billing.renewals.run_once()
    assert await current(viewer) == ("active", datetime(2027, 3, 14, 12, tzinfo=UTC))
    assert await billing.charged() == [699]


async def test_a_cancelled_trial_ends_without_a_charge(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    await viewer.call("DELETE", "/me/subscription")
    billing.clock.advance(14 * DAY)
    await billing.renewals.run_once()
    assert (await current(viewer))[0] == "canceled"
    assert await billing.charged() == []
    again = await viewer.call("POST", "/me/subscription/resume")
    assert again.json()["code"] == "no_subscription"


async def test_days_on_which_nothing_could_be_watched_are_not_charged(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    billing.clock.advance(400 * DAY)
    await billing.renewals.run_once()
    status, end = await current(viewer)
    assert status == "active" and end > billing.clock.now() + timedelta(days=364)
    assert await billing.charged() == [6990, 6990]


async def test_a_suspended_account_neither_buys_nor_renews(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-month", card)
    for version, status in ((5, "suspended"), (4, "active")):
        event = AccountChanged.model_validate(
            {"account_id": viewer.id, "version": version, "status": status, "changed_at": billing.clock.now()}
        )
        async with billing.renewals._core.db.transaction() as session:
            await accounts_changed(
                session, [Received(new_id(), event.TYPE, billing.clock.now(), event.key(), event)], billing.clock
            )
    billing.clock.advance(14 * DAY)
    await billing.renewals.run_once()
    assert (await current(viewer))[0] == "canceled"
    answer = await viewer.subscribe("basic-year", card, key="key-00000002")
    assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")
    assert await billing.charged() == []


async def test_one_account_in_trouble_does_not_keep_others_waiting(billing: Billing) -> None:
    broken, fine = billing.viewer(), billing.viewer()
    for viewer in (broken, fine):
        await viewer.subscribe("basic-month", await viewer.card())
    billing.clock.advance(14 * DAY)
    await billing.rows("UPDATE payment_methods SET provider = 'gone' WHERE account_id = $1", broken.id)
    with pytest.raises(KeyError):
        await billing.renewals.run_once()
    assert (await current(fine))[0] == "active"


async def test_the_books_balance_after_two_years_of_many(billing: Billing) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    viewers = [billing.viewer() for _ in range(6)]
    for n, viewer in enumerate(viewers):
        plan = chance.choice(["basic-month", "standard-month", "premium-year"])
        await viewer.subscribe(plan, await viewer.card(FAILS_LATER if n == 0 else "4242424242424242"))
    for _ in range(24):
        billing.clock.advance(chance.randint(20, 40) * DAY)
        if chance.random() < 0.2:
            await chance.choice(viewers).call("DELETE", "/me/subscription")
        await billing.renewals.run_once()
    await billing.check_books()
    for viewer in viewers:
        versions = [event.version for event in await viewer.entitlements()]
        assert versions == list(range(1, len(versions) + 1))


async def test_the_ledger_refuses_what_does_not_balance(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    with pytest.raises(asyncpg.RaiseError, match="does not balance"):
        await billing.rows(
            "INSERT INTO ledger_entries (transaction_id, ledger_account, amount, currency, invoice_id, booked_at)"
            " SELECT gen_random_uuid(), 'cash:sandbox', 1, 'USD', id, now() FROM invoices"
        )
    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await billing.rows("UPDATE ledger_entries SET amount = amount * 2")
