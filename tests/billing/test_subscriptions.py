"""Subscribing: trial or charge, declines, idempotency, crashes between provider and commit, cancelling, resuming."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.chassis.ids import new_id
from services.billing.clients.sandbox import Sandbox
from services.billing.service.charging import Charging
from tests.billing.conftest import DAY, DECLINED, FAILS_LATER, GOOD, NO_FUNDS, Billing
from tests.conftest import AuthHeaders


async def test_the_price_list_is_public(billing: Billing) -> None:
    answer = await billing.client.get("/api/v1/plans")
    plans = {plan["id"]: plan for plan in answer.json()["items"]}
    assert list(plans) == [
        "basic-month", "basic-year", "standard-month", "standard-year", "premium-month", "premium-year",
    ]  # fmt: skip
    assert plans["standard-month"] == {
        "id": "standard-month", "name": "Standard", "interval": "month", "price": {"amount": 1299, "currency": "USD"},
        "max_streams": 2, "max_height": 1080, "downloads": 2, "ads": False, "trial_days": 14,
    }  # fmt: skip
    assert plans["premium-year"]["price"]["amount"] == 10 * plans["premium-month"]["price"]["amount"]


async def test_a_first_month_plan_begins_with_a_trial(billing: Billing) -> None:
    viewer = billing.viewer()
    answer = await viewer.subscribe("standard-month", await viewer.card())
    assert answer.status_code == 201
    body = answer.json()
    assert (body["plan_id"], body["status"], body["cancel_at_period_end"]) == ("standard-month", "trialing", False)
    assert datetime.fromisoformat(body["current_period_end"]) == billing.clock.now() + timedelta(days=14)
    assert await billing.charged() == []
    [told] = await viewer.entitlements()
    assert (told.status, told.version, told.max_streams, told.max_height, told.downloads) == ("trialing", 1, 2, 1080, 2)
    assert told.valid_until == billing.clock.now() + timedelta(days=14 + 3)
    assert (await viewer.call("GET", "/me/subscription")).json() == body


async def test_a_year_plan_is_charged_at_once(billing: Billing) -> None:
    viewer = billing.viewer()
    body = (await viewer.subscribe("premium-year", await viewer.card())).json()
    assert body["status"] == "active"
    assert datetime.fromisoformat(body["current_period_end"]) == datetime(2028, 1, 31, 12, tzinfo=UTC)
    assert await billing.charged() == [17990]
    await billing.check_books()
    [invoice] = (await viewer.call("GET", "/me/invoices")).json()["items"]
    assert (invoice["amount"], invoice["status"]) == ({"amount": 17990, "currency": "USD"}, "paid")


@pytest.mark.parametrize("plan", ["basic-month", "basic-year"])
@pytest.mark.parametrize("number", [DECLINED, NO_FUNDS])
async def test_a_declined_card_starts_nothing_not_even_a_trial(billing: Billing, plan: str, number: str) -> None:
    viewer = billing.viewer()
    answer = await viewer.subscribe(plan, await viewer.card(number))
    assert (answer.status_code, answer.json()["code"]) == (402, "payment_declined")
    assert "another card" in answer.json()["detail"]
    assert (await viewer.call("GET", "/me/subscription")).json()["code"] == "no_subscription"
    assert await viewer.entitlements() == [] and await billing.charged() == []
    again = await viewer.subscribe(plan, await viewer.card(GOOD))
    assert again.status_code == 201


async def test_a_card_that_fails_at_the_charge_leaves_nothing_pending(billing: Billing) -> None:
    viewer = billing.viewer()
    answer = await viewer.subscribe("basic-year", await viewer.card(FAILS_LATER))
    assert answer.status_code == 402
    assert [row["state"] for row in await billing.rows("SELECT state FROM charge_attempts")] == ["declined"]


async def test_one_trial_an_account(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-month", card)
    await viewer.call("DELETE", "/me/subscription")
    billing.clock.advance(14 * DAY)
    await billing.renewals.run_once()
    second = await viewer.subscribe("standard-month", card, key="key-00000002")
    assert second.json()["status"] == "active"
    assert await billing.charged() == [1299]


async def test_a_second_subscription_is_refused(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-year", card)
    answer = await viewer.subscribe("premium-year", card, key="key-00000002")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_subscribed")
    assert await billing.charged() == [6990]


async def test_what_is_wrong_with_a_subscription_is_said(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    card, theirs = await viewer.card(), await other.card()
    assert (await viewer.subscribe("gold-month", card)).json()["code"] == "plan_not_found"
    stolen = await viewer.subscribe("basic-year", theirs)
    assert (stolen.status_code, stolen.json()["code"]) == (404, "payment_method_not_found")
    missing = await viewer.call("POST", "/me/subscription", json={"plan_id": "basic-year", "payment_method_id": card})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    short = await viewer.subscribe("basic-year", card, key="short")
    assert short.status_code == 422
    anonymous = await billing.client.post("/api/v1/me/subscription", json={})
    assert anonymous.status_code == 401
    assert await billing.charged() == []


async def test_p1_the_same_key_a_hundred_times_at_once_is_one_charge(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    answers = await asyncio.gather(*(viewer.subscribe("standard-year", card) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await billing.charged() == [12990]
    assert len(await billing.rows("SELECT 1 FROM subscriptions")) == len(await viewer.entitlements()) == 1
    await billing.check_books()


async def test_different_keys_at_once_are_one_charge(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    answers = await asyncio.gather(*(viewer.subscribe("basic-year", card, key=f"key-{n:08d}") for n in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    await billing.check_books()


async def test_p2_the_same_key_with_another_body_is_refused(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-year", card)
    answer = await viewer.subscribe("premium-year", card)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await billing.charged() == [6990]


class Crash(Exception):
    """The process dies here."""


async def crash_after_the_provider(billing: Billing, monkeypatch: pytest.MonkeyPatch, work: object) -> None:
    """Run `work` so that it fails after the provider took the money and before anything is booked."""

    async def die(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Charging, "book", die)
        answer = await work  # type: ignore[misc]
        assert answer.status_code == 500
    assert len(await billing.charged()) == 1
    assert await billing.rows("SELECT 1 FROM subscriptions") == []


async def test_p3_a_crash_after_the_charge_is_taken_up_by_the_same_key(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await crash_after_the_provider(billing, monkeypatch, viewer.subscribe("basic-year", card))
    assert (await viewer.subscribe("basic-year", card)).status_code == 201
    assert await billing.charged() == [6990]
    await billing.check_books()


async def test_a_crash_after_the_charge_and_another_key_is_still_one_charge(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await crash_after_the_provider(billing, monkeypatch, viewer.subscribe("basic-year", card))
    assert (await viewer.subscribe("premium-year", card, key="key-00000002")).status_code == 201
    assert await billing.charged() == [17990]
    await billing.check_books()


async def test_money_taken_for_nothing_is_given_back(billing: Billing, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = billing.viewer()
    await crash_after_the_provider(billing, monkeypatch, viewer.subscribe("basic-year", await viewer.card()))
    await billing.renewals.run_once()
    assert len(await billing.charged()) == 1  # somebody may still be at work on it
    billing.clock.advance(121)
    await billing.renewals.run_once()
    assert await billing.charged() == []
    await billing.check_books()


async def test_p4_the_same_key_of_another_account_is_another_charge(billing: Billing) -> None:
    viewers = [billing.viewer(), billing.viewer()]
    bodies = [(await viewer.subscribe("basic-year", await viewer.card())).json() for viewer in viewers]
    assert bodies[0]["id"] != bodies[1]["id"]
    assert await billing.charged() == [6990, 6990]


async def test_the_provider_charges_once_a_key(billing: Billing) -> None:
    sandbox: Sandbox = billing.app.state.sandbox
    token = await billing.token()
    outcomes = await asyncio.gather(*(sandbox.charge("one", token, 500, "USD") for _ in range(20)))
    assert {outcome.status for outcome in outcomes} == {"paid"}
    assert await billing.charged() == [500]
    await sandbox.refund("one")
    await sandbox.refund("one")
    found = await sandbox.find("one")
    assert found is not None and found.status == "refunded"
    assert await sandbox.find("never") is None


async def test_cancelling_keeps_the_period_and_resuming_takes_it_back(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    cancelled = await viewer.call("DELETE", "/me/subscription")
    assert (cancelled.status_code, cancelled.json()["status"], cancelled.json()["cancel_at_period_end"]) == (
        200,
        "active",
        True,
    )
    assert (await viewer.call("DELETE", "/me/subscription")).json() == cancelled.json()
    told = (await viewer.entitlements())[-1]
    assert told.max_streams == 1 and told.valid_until == datetime(2028, 1, 31, 12, tzinfo=UTC)
    resumed = await viewer.call("POST", "/me/subscription/resume")
    assert resumed.json()["cancel_at_period_end"] is False
    assert [event.version for event in await viewer.entitlements()] == [1, 2, 3]


async def test_who_has_cancelled_is_not_told_to_cancel(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-year", card)
    first = await viewer.subscribe("premium-year", card, key="key-00000002")
    await viewer.call("DELETE", "/me/subscription")
    second = await viewer.subscribe("premium-year", card, key="key-00000002")

    assert [answer.json()["code"] for answer in (first, second)] == ["already_subscribed"] * 2
    assert "Cancel it first" in first.json()["detail"]
    assert "runs until 31 January 2028" in second.json()["detail"] and "Cancel it" not in second.json()["detail"]
    assert second.json()["current_period_end"].startswith("2028-01-31T12:00:00")


async def test_a_plan_without_a_card_is_not_resumed(billing: Billing) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    await viewer.subscribe("basic-year", card)
    await viewer.call("DELETE", "/me/subscription")
    assert (await viewer.call("DELETE", f"/me/payment-methods/{card}")).status_code == 204

    refused = await viewer.call("POST", "/me/subscription/resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_missing")
    assert (await viewer.call("GET", "/me/subscription")).json()["cancel_at_period_end"] is True

    await viewer.card()
    resumed = await viewer.call("POST", "/me/subscription/resume")
    assert (resumed.status_code, resumed.json()["cancel_at_period_end"]) == (200, False)


async def test_without_a_subscription_there_is_nothing_to_cancel(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    await other.subscribe("basic-year", await other.card())
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/resume")):
        answer = await viewer.call(method, f"/me/subscription{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_subscription")
        assert (await billing.client.request(method, f"/api/v1/me/subscription{path}")).status_code == 401
    assert (await other.call("GET", "/me/subscription")).json()["cancel_at_period_end"] is False


async def test_a_kids_profile_buys_nothing(billing: Billing) -> None:
    viewer = billing.viewer(kids=True, maturity=7)
    body = {"plan_id": "basic-month", "payment_method_id": str(viewer.id)}
    for answer in (
        await viewer.call("POST", "/me/subscription", key="key-00000001", json=body),
        await viewer.call("POST", "/me/payment-methods", json={"provider": "sandbox", "token": await billing.token()}),
        await viewer.call("DELETE", "/me/subscription"),
        await viewer.call("POST", "/me/subscription/resume"),
        await viewer.call("DELETE", f"/me/payment-methods/{viewer.id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "holder_required")


async def test_nothing_privileged_can_be_assigned(billing: Billing) -> None:
    viewer = billing.viewer()
    body = {
        "plan_id": "basic-year", "payment_method_id": await viewer.card(), "status": "trialing", "amount": 1,
        "price": {"amount": 1, "currency": "USD"}, "trial_days": 9999, "account_id": str(billing.viewer().id),
        "current_period_end": "2099-01-01T00:00:00Z", "max_streams": 99,
    }  # fmt: skip
    answer = await viewer.call("POST", "/me/subscription", key="key-00000001", json=body)
    assert answer.json()["status"] == "active"
    assert await billing.charged() == [6990]
    assert (await viewer.entitlements())[0].max_streams == 1


async def test_invoices_come_in_pages_to_their_owner_only(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    for _ in range(2):
        billing.clock.advance(366 * DAY)
        await billing.renewals.run_once()
    first = (await viewer.call("GET", "/me/invoices?limit=2")).json()
    rest = (await viewer.call("GET", f"/me/invoices?limit=2&cursor={first['next_cursor']}")).json()
    assert [len(page["items"]) for page in (first, rest)] == [2, 1] and rest["next_cursor"] is None
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 3
    assert (await other.call("GET", "/me/invoices")).json()["items"] == []
    assert (await billing.client.get("/api/v1/me/invoices")).status_code == 401
    assert (await viewer.call("GET", "/me/invoices?cursor=nonsense")).status_code == 422


@pytest.mark.parametrize("limits", [{"maturity": 16}, {"maturity": 7, "kids": True}])
async def test_a_child_does_not_see_the_plan(
    billing: Billing, auth_headers: AuthHeaders, limits: dict[str, Any]
) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("premium-year", await viewer.card())
    headers = auth_headers(account_id=viewer.id, profile_id=new_id(), **limits)
    answer = await billing.client.get("/api/v1/me/subscription", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "holder_required")
