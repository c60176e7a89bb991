"""The queue of renewals: everyone has their turn, whatever becomes of the others, and nobody waits for the provider."""

from datetime import UTC, datetime, timedelta

import pytest

from services.billing import repository
from services.billing.service.charging import Charging
from tests.billing.conftest import DAY, Billing, Viewer
from tests.billing.provider import Tapped

HOPELESS = 220
# Accounts whose provider nobody knows any more: whatever is tried with them fails.
HOPELESS_SUBSCRIPTIONS = """
WITH account AS (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)),
customer AS (INSERT INTO customers (account_id) SELECT id FROM account RETURNING account_id),
card AS (INSERT INTO payment_methods (id, account_id, provider, reference, brand, last4, exp_month, exp_year, is_default,
  created_at) SELECT gen_random_uuid(), account_id, 'gone', account_id::text, 'visa', '4242', 12, 2099, true, $1 FROM customer
  RETURNING account_id)
INSERT INTO subscriptions (id, account_id, plan_id, status, anchor_at, period_number, current_period_start, current_period_end,
  due_at, created_at)
SELECT gen_random_uuid(), account_id, 'basic-month', 'active', $1, 1, $1, $1, $1, $1 FROM card
"""
HOPELESS_CHARGES = """
INSERT INTO charge_attempts (id, account_id, purpose, provider, reference, amount, currency, state, created_at, next_try_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'subscribe:x', 'gone', 'x', 699, 'USD', 'pending', $1, $1
FROM generate_series(1, $2)
"""


async def status(viewer: Viewer) -> str:
    return str((await viewer.call("GET", "/me/subscription")).json()["status"])


async def test_two_hundred_hopeless_accounts_do_not_starve_one(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    billing.clock.advance(14 * DAY + 3600)
    await billing.rows(HOPELESS_SUBSCRIPTIONS, billing.clock.now() - timedelta(hours=2), HOPELESS)

    with pytest.raises(KeyError):
        await billing.renewals.run_once()

    assert await status(viewer) == "active"
    assert await billing.renewals.run_once() == 0  # they wait before they are tried again
    billing.clock.advance(121)
    late = billing.viewer()
    await late.subscribe("basic-year", await late.card())
    with pytest.raises(KeyError):
        await billing.renewals.run_once()
    waits = await billing.rows("SELECT claims, claimed_until FROM subscriptions WHERE claims > 0")
    assert {(row["claims"], row["claimed_until"] - billing.clock.now()) for row in waits} == {(2, timedelta(minutes=4))}


async def test_charges_that_cannot_be_cleared_up_do_not_keep_others_from_their_money(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    with monkeypatch.context() as patch:
        patch.setattr(Charging, "book", _die)
        assert (await viewer.subscribe("basic-year", card)).status_code == 500
    assert await billing.charged() == [6990]
    await billing.rows(HOPELESS_CHARGES, billing.clock.now() - timedelta(hours=1), HOPELESS)
    billing.clock.advance(121)

    with pytest.raises(KeyError):
        await billing.renewals.run_once()

    assert await billing.charged() == []
    assert await billing.renewals.run_once() == 0


async def _die(*_: object, **__: object) -> None:
    raise RuntimeError("the process dies here")


async def test_nobody_waits_for_the_provider(billing: Billing) -> None:
    """While it is asked no row is locked: not when somebody subscribes, not when a renewal is due."""
    viewer, provider, asked = billing.viewer(), Tapped(billing), list[str]()

    async def nothing_is_locked() -> None:
        for table in ("customers", "subscriptions", "charge_attempts", "idempotency_keys"):
            await billing.rows(f"SELECT 1 FROM {table} FOR UPDATE NOWAIT")
        asked.append("charge")

    provider.before = nothing_is_locked
    assert (await viewer.subscribe("basic-year", await viewer.card())).status_code == 201
    billing.clock.advance(366 * DAY)
    await billing.renewals.run_once()

    assert asked == ["charge", "charge"]
    await billing.check_books()


async def test_an_answer_that_got_lost_is_asked_for_again(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()

    async def lost() -> None:
        raise ConnectionError

    provider.after = lost
    answer = await viewer.subscribe("basic-year", card)
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "payment_unavailable", True)
    provider.after = None
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    assert await billing.charged() == [6990]
    await billing.check_books()


async def test_a_renewal_cut_off_after_the_charge_is_booked_and_not_charged_again(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    billing.clock.advance(14 * DAY)
    with monkeypatch.context() as patch:
        patch.setattr(Charging, "book", _die)
        with pytest.raises(RuntimeError):
            await billing.renewals.run_once()
    assert (await billing.charged(), await status(viewer)) == ([699], "trialing")

    billing.clock.advance(121)
    await billing.renewals.run_once()

    assert (await billing.charged(), await status(viewer)) == ([699], "active")
    await billing.check_books()


async def test_who_cancels_while_the_renewal_is_charged_gets_the_money_back(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    await viewer.subscribe("basic-month", await viewer.card())
    billing.clock.advance(14 * DAY)

    async def cancel() -> None:
        assert (await viewer.call("DELETE", "/me/subscription")).status_code == 200

    provider.after = cancel
    await billing.renewals.run_once()

    assert (await billing.charged(), await status(viewer)) == ([], "canceled")
    await billing.check_books()


async def test_somebody_else_at_work_is_not_disturbed(billing: Billing) -> None:
    """Another replica is asking the provider: a second purchase waits, and the sweep leaves the charge alone."""
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()
    answers = []

    async def meanwhile() -> None:
        provider.before = None
        other = type(billing.app.state.subscriptions)(billing.renewals._core, billing.renewals._charging)
        mine, billing.app.state.subscriptions = billing.app.state.subscriptions, other
        answers.append(await viewer.subscribe("premium-year", card, key="key-00000002"))
        billing.app.state.subscriptions = mine
        await billing.renewals.run_once()

    provider.before = meanwhile
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "payment_in_progress")]
    assert await billing.charged() == [6990]
    await billing.check_books()


async def test_a_plan_that_costs_nothing_is_booked_and_renewed_without_the_provider(billing: Billing) -> None:
    await billing.rows(
        "INSERT INTO plans SELECT 'free-month', 'Free', interval, 0, currency, 1, 480, 0, true, 0, overflow, 99, true"
        " FROM plans WHERE id = 'basic-month'"
    )
    viewer = billing.viewer()
    card = await viewer.card()
    answer = await viewer.subscribe("free-month", card)
    assert (answer.status_code, answer.json()["status"]) == (201, "active")
    assert (await viewer.call("DELETE", "/me/subscription")).status_code == 200
    assert (await viewer.call("DELETE", f"/me/payment-methods/{card}")).status_code == 204
    assert (await viewer.call("POST", "/me/subscription/resume")).status_code == 200

    billing.clock.advance(28 * DAY)
    await billing.renewals.run_once()

    assert await status(viewer) == "active"
    invoices = (await viewer.call("GET", "/me/invoices")).json()["items"]
    assert [item["amount"]["amount"] for item in invoices] == [0, 0]
    assert await billing.rows("SELECT 1 FROM charge_attempts UNION ALL SELECT 1 FROM sandbox_charges") == []
    await billing.check_books()


@pytest.mark.parametrize("more_settings", [{"grace_days": 0}])
async def test_without_grace_a_renewal_that_is_late_keeps_the_day(billing: Billing) -> None:
    viewer = billing.viewer()
    await billing.rows("INSERT INTO customers (account_id, trial_used_at) VALUES ($1, now())", viewer.id)
    await viewer.subscribe("basic-month", await viewer.card())
    ends = []
    for _ in range(13):
        end = datetime.fromisoformat((await viewer.call("GET", "/me/subscription")).json()["current_period_end"])
        ends.append(end.date().isoformat())
        billing.clock.advance((end - billing.clock.now()).total_seconds() + 31)
        await billing.renewals.run_once()
    assert ends[:4] == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert ends[-2:] == ["2028-01-31", "2028-02-29"]
    assert (await viewer.entitlements())[-1].valid_until == datetime(2028, 3, 31, 12, tzinfo=UTC)
    await billing.check_books()


async def test_two_replicas_take_different_accounts_out_of_the_queue(billing: Billing) -> None:
    await billing.rows(HOPELESS_SUBSCRIPTIONS, billing.clock.now() - timedelta(hours=2), 30)
    db = billing.renewals._core.db
    async with db.transaction() as one, db.transaction() as other:
        first = await repository.claim_due(one, billing.clock.now(), 20)
        second = await repository.claim_due(other, billing.clock.now(), 20)

    assert (len(first), len(second), len({*first, *second})) == (20, 10, 30)
