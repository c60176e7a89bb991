"""Cards: the sandbox's form, what is kept, who may use which."""

import pytest

from libs.chassis.ids import new_id
from libs.chassis.messaging.received import Received
from libs.contracts.identity import AccountChanged
from services.billing.consumers import accounts_changed
from services.billing.service.charging import PaymentUnavailable
from tests.billing.conftest import GOOD, Billing, Viewer
from tests.billing.provider import Tapped


@pytest.mark.parametrize(
    ("change", "code"),
    [({"number": "4242424242424241"}, "card_number_invalid"), ({"number": "0"}, "invalid"),
     ({"number": "x" * 16}, "card_number_invalid"),
     ({"exp_month": 13}, "invalid"), ({"exp_month": 12, "exp_year": 2026}, "card_expired"), ({"cvc": "1"}, "invalid"),
     ({"exp_year": "soon"}, "invalid")],
)  # fmt: skip
async def test_wrong_card_details_are_refused_without_echo(
    billing: Billing, change: dict[str, object], code: str
) -> None:
    body = {"number": GOOD, "exp_month": 12, "exp_year": 2099, "cvc": "737", **change}
    answer = await billing.client.post("/api/v1/billing/sandbox/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert str(body["number"]) not in answer.text or len(str(body["number"])) < 12


async def test_a_card_is_good_to_the_end_of_its_month(billing: Billing) -> None:
    assert await billing.token("4242 4242 4242 4242", exp_month=1, exp_year=27)


async def test_no_card_number_is_kept(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.card(GOOD)
    kept = str(await billing.rows("SELECT * FROM sandbox_cards")) + str(
        await billing.rows("SELECT * FROM payment_methods")
    )
    assert GOOD not in kept and "4242" in kept


async def test_the_first_card_is_the_default_until_another_is_asked_for(billing: Billing) -> None:
    viewer = billing.viewer()
    first, second = await viewer.card(), await viewer.card("5555555555554444")
    items = (await viewer.call("GET", "/me/payment-methods")).json()["items"]
    assert [(item["id"], item["brand"], item["last4"], item["is_default"]) for item in items] == [
        (first, "visa", "4242", True),
        (second, "mastercard", "4444", False),
    ]
    third = await viewer.card(is_default=True)
    defaults = [
        item["id"] for item in (await viewer.call("GET", "/me/payment-methods")).json()["items"] if item["is_default"]
    ]
    assert defaults == [third]


async def test_a_token_is_one_method_of_one_account(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    body = {"provider": "sandbox", "token": await billing.token()}
    first = await viewer.call("POST", "/me/payment-methods", json=body)
    again = await viewer.call("POST", "/me/payment-methods", json=body)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    stolen = await other.call("POST", "/me/payment-methods", json=body)
    assert (stolen.status_code, stolen.json()["code"]) == (422, "payment_token_invalid")
    unknown = await viewer.call("POST", "/me/payment-methods", json={**body, "token": "tok_nonsense"})
    assert unknown.json()["code"] == "payment_token_invalid"


async def test_strangers_and_anonymous_reach_no_card(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    card = await viewer.card()
    answer = await other.call("DELETE", f"/me/payment-methods/{card}")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_method_not_found")
    assert (await other.call("GET", "/me/payment-methods")).json()["items"] == []
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", f"/{card}")):
        assert (await billing.client.request(method, f"/api/v1/me/payment-methods{path}")).status_code == 401


async def test_the_card_a_subscription_goes_on_with_stays(billing: Billing) -> None:
    viewer = billing.viewer()
    first, second = await viewer.card(), await viewer.card()
    await viewer.subscribe("basic-month", first)
    refused = await viewer.call("DELETE", f"/me/payment-methods/{first}")
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_in_use")
    assert (await viewer.call("DELETE", f"/me/payment-methods/{second}")).status_code == 204
    await viewer.call("DELETE", "/me/subscription")
    assert (await viewer.call("DELETE", f"/me/payment-methods/{first}")).status_code == 204
    assert (await viewer.call("GET", "/me/payment-methods")).json()["items"] == []


async def erase(billing: Billing, viewer: Viewer, version: int = 3) -> None:
    now = billing.clock.now()
    event = AccountChanged(account_id=viewer.id, version=version, status="erased", changed_at=now)
    async with billing.renewals._core.db.transaction() as session:
        await accounts_changed(session, [Received(new_id(), event.TYPE, now, event.key(), event)], billing.clock)


async def test_an_erased_account_leaves_no_card_here_or_at_the_provider_and_the_books_stay(billing: Billing) -> None:
    viewer, other, provider = billing.viewer(), billing.viewer(), Tapped(billing)
    removed, card = await viewer.card("5555555555554444"), await viewer.card(is_default=True)
    kept = await other.card()
    await viewer.call("DELETE", f"/me/payment-methods/{removed}")
    await viewer.subscribe("basic-year", card)
    billing.later(14)
    await billing.renewals.run_once()
    tokens = [row["reference"] for row in await billing.rows(
        "SELECT reference FROM payment_methods WHERE account_id = $1", viewer.id)]  # fmt: skip

    await erase(billing, viewer)
    assert (await viewer.call("GET", "/me/payment-methods")).json()["items"] == []
    provider.away = {"detach"}
    with pytest.raises(PaymentUnavailable):
        await billing.renewals.run_once()
    assert len(await billing.rows("SELECT FROM payment_methods")) == 3
    assert (await viewer.entitlements())[-1].status == "canceled"
    provider.away = set()
    billing.later(1 / 24)
    await billing.renewals.run_once()

    assert [str(row["id"]) for row in await billing.rows("SELECT id FROM payment_methods")] == [kept]
    cards = await billing.rows("SELECT last4 FROM sandbox_cards WHERE token = ANY ($1)", tokens)
    assert [row["last4"] for row in cards] == ["", ""]
    for token in tokens:
        assert (await provider.charge(f"late-{token}", token, 100, "EUR")).reason == "unknown_card"
        again = await other.call("POST", "/me/payment-methods", json={"provider": "sandbox", "token": token})
        assert again.json()["code"] == "payment_token_invalid"
    assert await billing.charged() == [6990]
    await billing.check_books()
