"""Two replicas and one account: whoever comes at the same moment waits in the database, and the money is taken once."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from libs.chassis.data import idempotency
from tests.billing.conftest import FAILS_LATER, Billing
from tests.billing.invariants import check_money, check_told
from tests.chassis.cut_off import before_the_commit


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_one_key_at_two_replicas_is_one_charge_and_one_answer(billing: Billing, replica: Billing) -> None:
    for plan in ("standard-year", "standard-month"):
        viewer = billing.viewer()
        card = await viewer.card()
        places = [viewer, viewer.at(replica)] * 4
        answers = await asyncio.gather(*(place.subscribe(plan, card) for place in places))
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        assert len({answer.text for answer in answers}) == 1
        assert len(await check_told(viewer)) == 1
    assert await billing.charged() == [12990]
    await check_money(billing, settled=True)


async def test_who_is_overtaken_by_the_answer_to_their_own_key_gets_it(
    billing: Billing, replica: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One looks for an answer and finds none; before it goes on, the other replica has begun the subscription."""
    viewer = billing.viewer()
    card = await viewer.card()
    looked, others = asyncio.Event(), list[asyncio.Task[httpx.Response]]()
    answered = idempotency.answered

    async def slowly(*said: Any, **named: Any) -> Any:
        found = await answered(*said, **named)
        if not looked.is_set():
            looked.set()
            await asyncio.sleep(0)
            # As long as the other one may go on meanwhile, if it may.
            await asyncio.wait(others, timeout=1)
        return found

    monkeypatch.setattr(idempotency, "answered", slowly)
    one = asyncio.create_task(viewer.subscribe("standard-year", card))
    others.append(asyncio.create_task(_after(looked, lambda: viewer.at(replica).subscribe("standard-year", card))))
    answers = await asyncio.gather(one, *others)
    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    assert answers[0].text == answers[1].text
    assert await billing.charged() == [12990]


async def _after(looked: asyncio.Event, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    await looked.wait()
    return await ask()


async def test_two_keys_at_two_replicas_are_one_subscription(billing: Billing, replica: Billing) -> None:
    for plan in ("basic-year", "basic-month"):
        viewer = billing.viewer()
        card = await viewer.card()
        one, other = await asyncio.gather(
            viewer.subscribe(plan, card, "key-00000001"), viewer.at(replica).subscribe(plan, card, "key-00000002")
        )
        assert statuses([one, other]) == [201, 409]
        [refused] = [answer.json()["code"] for answer in (one, other) if answer.status_code == 409]
        assert refused in ("already_subscribed", "payment_in_progress")
        await check_told(viewer)
    assert await billing.charged() == [6990]
    await check_money(billing, settled=True)


async def test_whatever_is_wished_at_once_has_an_order(billing: Billing, replica: Billing) -> None:
    for plan in ("basic-month", "premium-year", "standard-month"):
        viewer = billing.viewer()
        first, second = await viewer.card(), await viewer.card()
        there = viewer.at(replica)
        answers = await asyncio.gather(
            viewer.subscribe(plan, first),
            there.subscribe(plan, second, "key-00000002"),
            there.call("DELETE", "/me/subscription"),
            viewer.call("POST", "/me/subscription/resume"),
            there.call("DELETE", f"/me/payment-methods/{second}"),
            viewer.call("DELETE", "/me/subscription"),
            there.call("POST", "/me/subscription/resume"),
            there.card(is_default=True),
            viewer.card(is_default=True),
        )
        assert all(answer.status_code < 500 for answer in answers if isinstance(answer, httpx.Response)), answers
        await check_money(billing, settled=True)
        await check_told(viewer)


async def test_cancelling_and_resuming_in_turns_counts_every_change_once(billing: Billing, replica: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    places = [viewer, viewer.at(replica)]
    calls = [("DELETE", "/me/subscription"), ("POST", "/me/subscription/resume")] * 5
    answers = await asyncio.gather(*(places[n % 2].call(*call) for n, call in enumerate(calls)))
    assert {answer.status_code for answer in answers} == {200}
    told = await check_told(viewer)
    ends = [event.valid_until for event in told]
    assert all(one != other for one, other in itertools.pairwise(ends)), "who changed nothing told nobody"
    assert await billing.charged() == [6990]


async def test_two_replicas_renew_each_account_once(billing: Billing, replica: Billing) -> None:
    viewers = [billing.viewer() for _ in range(6)]
    for number, viewer in enumerate(viewers):
        await viewer.subscribe("basic-month", await viewer.card(FAILS_LATER if number == 0 else "4242424242424242"))
    billing.later(14)
    handled = await asyncio.gather(*(place.renewals.run_once() for place in (billing, replica, billing, replica)))
    assert sum(handled) == 6
    assert await billing.charged() == [699] * 5
    for viewer in viewers:
        assert len(await check_told(viewer)) == 2
    await check_money(billing, settled=True)


async def test_a_cancellation_meets_the_renewal(billing: Billing, replica: Billing) -> None:
    viewers = [billing.viewer() for _ in range(4)]
    for viewer in viewers:
        await viewer.subscribe("basic-month", await viewer.card())
    billing.later(14)
    cancelling = asyncio.gather(*(viewer.at(replica).call("DELETE", "/me/subscription") for viewer in viewers))
    await billing.renewals.run_once()
    answers = await cancelling
    for viewer, answer in zip(viewers, answers, strict=True):
        # Cancelled in time nothing was charged; too late, the paid month is theirs to its end.
        now = (await viewer.call("GET", "/me/subscription")).json()
        paid = await billing.rows("SELECT 1 FROM invoices WHERE account_id = $1", viewer.id)
        assert answer.status_code in (200, 404)
        assert (now["status"] == "canceled") is not bool(paid), now
        assert now["status"] == "canceled" or now["cancel_at_period_end"], now
        await check_told(viewer)
    await check_money(billing, settled=True)


async def test_one_token_of_two_accounts_belongs_to_who_came_first(billing: Billing, replica: Billing) -> None:
    token = await billing.token()
    body = {"provider": "sandbox", "token": token}
    viewers = [billing.viewer(), billing.viewer().at(replica)]
    answers = await asyncio.gather(*(viewer.call("POST", "/me/payment-methods", json=body) for viewer in viewers))
    assert statuses(answers) == [201, 422]
    kept = [(await viewer.call("GET", "/me/payment-methods")).json()["items"] for viewer in viewers]
    assert sorted(map(len, kept)) == [0, 1]


@pytest.mark.parametrize("plan", ["basic-month", "basic-year"])
async def test_a_subscription_cut_off_before_its_commit_is_begun_by_the_same_key(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, plan: str
) -> None:
    viewer = billing.viewer()
    card = await viewer.card()
    with before_the_commit(monkeypatch):
        refused = await viewer.subscribe(plan, card)
    assert refused.status_code == 503 and refused.json()["retryable"], refused.text
    for table in ("subscriptions", "invoices", "ledger_entries", "outbox", "idempotency_keys"):
        assert await billing.rows(f"SELECT 1 FROM {table}") == [], table
    assert (await viewer.subscribe(plan, card)).status_code == 201
    assert len(await check_told(viewer)) == 1
    await check_money(billing, settled=True)


async def test_a_change_cut_off_before_its_commit_was_told_to_nobody(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    before, told = (await viewer.call("GET", "/me/subscription")).json(), await viewer.entitlements()
    with before_the_commit(monkeypatch):
        assert (await viewer.call("DELETE", "/me/subscription")).status_code == 503
        assert (await viewer.call("GET", "/me/subscription")).json() == before
        billing.later(14)
        with pytest.raises(Exception, match=r"terminat|connection|closed"):
            await billing.renewals.run_once()
    assert (await viewer.call("GET", "/me/subscription")).json() == before
    assert await viewer.entitlements() == told
    assert await billing.charged() == [699], "taken, and not yet booked"
    await check_money(billing, settled=False)
    billing.later(0.01)
    await billing.renewals.run_once()
    assert [event.status for event in await check_told(viewer)] == ["trialing", "active"]
    await check_money(billing, settled=True)
