"""A payment provider that is away, slow, late, or says no: nothing is taken twice, and what was taken for nothing goes back."""

import asyncio
from typing import Any

import pytest

from services.billing.clients.provider import Outcome
from services.billing.service import charging
from tests.billing.conftest import FAILS_LATER, GOOD, NO_FUNDS, Billing
from tests.billing.invariants import check_money, check_told
from tests.billing.provider import Tapped


async def states(billing: Billing) -> list[str]:
    return [row["state"] for row in await billing.rows("SELECT state FROM charge_attempts ORDER BY created_at, id")]


@pytest.mark.parametrize("plan", ["basic-month", "basic-year"])
async def test_a_provider_that_is_away_takes_nothing_and_may_be_asked_again(billing: Billing, plan: str) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()
    provider.away = {"charge", "verify"}
    refused = await viewer.subscribe(plan, card)
    assert (refused.status_code, refused.json()["code"]) == (503, "payment_unavailable")
    assert await billing.charged() == [] and await check_told(viewer) == []
    provider.away = set()
    assert (await viewer.subscribe(plan, card)).status_code == 201
    assert set(await states(billing)) <= {"paid"}
    await check_money(billing, settled=True)


async def test_a_provider_that_does_not_answer_in_time_is_not_waited_for(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()
    monkeypatch.setattr(charging, "PATIENCE", 0.05)

    async def forever() -> None:
        await asyncio.Event().wait()

    provider.after = forever
    refused = await viewer.subscribe("basic-year", card)
    assert (refused.status_code, refused.json()["code"]) == (503, "payment_unavailable")
    assert (await billing.charged(), await states(billing)) == ([6990], ["pending"])
    provider.after = None
    monkeypatch.setattr(charging, "PATIENCE", 20.0)
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    assert provider.asked == ["charge"], "it is asked what became of it, not for the money again"
    await check_money(billing, settled=True)


async def test_an_answer_that_comes_after_it_was_given_up_is_given_back(billing: Billing) -> None:
    """The charge was begun, waited for too long, undone by the sweep as unknown there, and only then made."""
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()

    async def given_up_meanwhile() -> None:
        provider.before = None
        billing.later(1)
        await billing.renewals.run_once()
        assert await states(billing) == ["void"]

    provider.before = given_up_meanwhile
    refused = await viewer.subscribe("basic-year", card)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_undone")
    assert (await billing.charged(), await states(billing)) == ([], ["refunded"])
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    assert await billing.charged() == [6990]
    await check_money(billing, settled=True)


async def test_money_on_its_way_back_is_sent_again_until_it_arrives(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    await viewer.subscribe("basic-month", await viewer.card())
    billing.later(14)

    async def cancel() -> None:
        provider.after = None
        await viewer.call("DELETE", "/me/subscription")

    provider.after, provider.away = cancel, {"refund"}
    with pytest.raises(charging.PaymentUnavailable):
        await billing.renewals.run_once()
    assert (await billing.charged(), await states(billing)) == ([699], ["undoing"])
    assert [event.status for event in await check_told(viewer)][-1] == "canceled"
    billing.later(0.01)
    with pytest.raises(charging.PaymentUnavailable):
        await billing.renewals.run_once()
    provider.away = set()
    assert await billing.renewals.run_once() == 0, "each time it waits longer"
    billing.later(0.01)
    await billing.renewals.run_once()
    assert (await billing.charged(), await states(billing)) == ([], ["refunded"])
    await check_money(billing, settled=True)


async def test_a_renewal_whose_provider_is_away_is_made_when_it_is_back_and_the_day_stays(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    await viewer.subscribe("basic-month", await viewer.card())
    billing.later(14)
    ends = (await viewer.call("GET", "/me/subscription")).json()["current_period_end"]
    provider.away = {"charge"}
    for _ in range(3):
        with pytest.raises(charging.PaymentUnavailable):
            await billing.renewals.run_once()
        assert (await viewer.call("GET", "/me/subscription")).json()["status"] == "trialing", "a silence is no refusal"
        billing.later(0.5)
    provider.away = set()
    await billing.renewals.run_once()
    now = (await viewer.call("GET", "/me/subscription")).json()
    assert (now["status"], now["current_period_start"]) == ("active", ends)
    assert await billing.charged() == [699]
    await check_money(billing, settled=True)


async def test_the_reason_of_a_refusal_is_said(billing: Billing) -> None:
    viewer = billing.viewer()
    broke = await viewer.subscribe("basic-year", await viewer.card(NO_FUNDS))
    assert "not enough money" in broke.json()["detail"]
    token = await billing.token(exp_month=2, exp_year=2027)
    body = {"provider": "sandbox", "token": token}
    card = (await viewer.call("POST", "/me/payment-methods", json=body)).json()["id"]
    billing.later(29)
    old = await viewer.subscribe("basic-year", card)
    assert (old.status_code, "has expired" in old.json()["detail"]) == (402, True)
    assert await states(billing) == ["declined", "declined"]
    await check_money(billing, settled=True)


async def test_a_refused_request_may_be_repeated_once_the_card_is_good(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card(FAILS_LATER)
    assert (await viewer.subscribe("basic-year", card)).status_code == 402
    await billing.rows("UPDATE sandbox_cards SET behaviour = 'pays'")
    assert (await viewer.subscribe("basic-year", card)).status_code == 201, "a refusal is not what a key is kept for"
    assert (await billing.charged(), await states(billing)) == ([6990], ["declined", "paid"])


async def test_a_price_that_rises_meanwhile_is_not_what_was_agreed_to(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()

    async def raise_the_price() -> None:
        await billing.rows("UPDATE plans SET amount = 7990 WHERE id = 'basic-year'")

    provider.before = raise_the_price
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    [invoice] = (await viewer.call("GET", "/me/invoices")).json()["items"]
    assert invoice["amount"]["amount"] == 6990, "the receipt is for what was taken"
    await check_money(billing, settled=True)
    billing.later(365)
    await billing.renewals.run_once()
    assert await billing.charged() == [6990, 7990]
    await check_money(billing, settled=True)


async def test_a_plan_withdrawn_while_it_is_paid_for_is_not_begun(billing: Billing) -> None:
    viewer, provider = billing.viewer(), Tapped(billing)
    card = await viewer.card()

    async def withdraw() -> None:
        await billing.rows("UPDATE plans SET offered = false WHERE id = 'basic-year'")

    provider.after = withdraw
    refused = await viewer.subscribe("basic-year", card)
    assert (refused.status_code, refused.json()["code"]) == (404, "plan_not_found")
    assert (await billing.charged(), await states(billing)) == ([], ["refunded"])
    assert await check_told(viewer) == []
    assert "basic-year" not in (await billing.client.get("/api/v1/plans")).text


async def test_who_has_a_withdrawn_plan_keeps_it(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    await billing.rows("UPDATE plans SET offered = false")
    billing.later(14)
    await billing.renewals.run_once()
    assert (await viewer.call("GET", "/me/subscription")).json()["status"] == "active"
    assert (await billing.client.get("/api/v1/plans")).json() == {"items": []}


async def test_what_the_sandbox_decided_for_a_key_stays_decided(billing: Billing) -> None:
    provider = Tapped(billing)
    good, bad = await billing.token(GOOD), await billing.token(FAILS_LATER)
    assert await provider.charge("k", bad, 500, "USD") == Outcome("declined", "fails_later")
    assert await provider.charge("k", good, 900, "USD") == Outcome("declined", "fails_later")
    await provider.refund("k")
    assert await provider.find("k") == Outcome("declined", "fails_later"), "what was not taken cannot be given back"
    assert await provider.verify("tok_nobody") == Outcome("declined", "unknown_card")


OFF: dict[str, Any] = {"sandbox_payments": False}


@pytest.mark.parametrize("more_settings", [OFF])
async def test_a_sandbox_that_is_off_takes_no_new_cards(billing: Billing) -> None:
    body = {"number": GOOD, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
    answer = await billing.client.post("/api/v1/billing/sandbox/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "sandbox_off")
    assert await billing.rows("SELECT 1 FROM sandbox_cards") == []


@pytest.mark.parametrize("more_settings", [{"sandbox_tokens_per_address": 2}])
async def test_guessing_card_numbers_is_slowed_down_by_address(billing: Billing) -> None:
    body = {"number": GOOD, "exp_month": 12, "exp_year": 2099, "cvc": "123"}

    answers = [await billing.client.post("/api/v1/billing/sandbox/tokens", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert (answers[2].json()["code"], int(answers[2].headers["retry-after"]) >= 1) == ("too_many_requests", True)
    assert len(await billing.rows("SELECT 1 FROM sandbox_cards")) == 2
