"""Cards: the sandbox's form, what is kept, who may use which."""

import pytest

from tests.billing.conftest import GOOD, Billing


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
