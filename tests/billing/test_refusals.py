"""Every request that cannot be carried out is refused with its reason, and moves no money."""

from typing import Any

from libs.chassis.ids import new_id
from tests.billing.conftest import GOOD, Billing, Viewer
from tests.billing.invariants import check_money

NOWHERE = str(new_id())
CARD = {"number": GOOD, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
ORDER = {"plan_id": "basic-year", "payment_method_id": "{card}"}
KEY = "key-00000009"

# Method, path, body, Idempotency-Key, status, code. {card} is on file, {used} pays for the subscription of {viewer}.
REFUSED: list[tuple[str, str, Any, str | None, int, str]] = [
    ("POST", "/billing/sandbox/tokens", {**CARD, "number": "4" * 20}, None, 422, "invalid"),
    ("POST", "/billing/sandbox/tokens", {**CARD, "number": "4242424242424241"}, None, 422, "card_number_invalid"),
    ("POST", "/billing/sandbox/tokens", {**CARD, "exp_month": 0}, None, 422, "invalid"),
    ("POST", "/billing/sandbox/tokens", {**CARD, "exp_year": 2101}, None, 422, "invalid"),
    ("POST", "/billing/sandbox/tokens", {**CARD, "exp_year": 26}, None, 422, "card_expired"),
    ("POST", "/billing/sandbox/tokens", {**CARD, "cvc": "12345"}, None, 422, "invalid"),
    ("POST", "/billing/sandbox/tokens", {}, None, 422, "invalid"),
    ("POST", "/me/payment-methods", {"provider": "stripe", "token": "t"}, None, 422, "invalid"),
    ("POST", "/me/payment-methods", {"provider": "sandbox", "token": "t"}, None, 422, "payment_token_invalid"),
    ("POST", "/me/payment-methods", {"provider": "sandbox", "token": ""}, None, 422, "invalid"),
    ("POST", "/me/payment-methods", {"provider": "sandbox"}, None, 422, "invalid"),
    ("DELETE", "/me/payment-methods/card", None, None, 422, "invalid"),
    ("DELETE", f"/me/payment-methods/{NOWHERE}", None, None, 404, "payment_method_not_found"),
    ("DELETE", "/me/payment-methods/{used}", None, None, 409, "payment_method_in_use"),
    ("DELETE", "/me/payment-methods/{theirs}", None, None, 404, "payment_method_not_found"),
    ("DELETE", "/me/payment-methods/{removed}", None, None, 404, "payment_method_not_found"),
    ("POST", "/me/subscription", ORDER, None, 400, "idempotency_key_missing"),
    ("POST", "/me/subscription", ORDER, "short", 422, "invalid"),
    ("POST", "/me/subscription", ORDER, "k" * 129, 422, "invalid"),
    ("POST", "/me/subscription", {"plan_id": "basic-year"}, KEY, 422, "invalid"),
    ("POST", "/me/subscription", {**ORDER, "plan_id": ""}, KEY, 422, "invalid"),
    ("POST", "/me/subscription", {**ORDER, "plan_id": "x" * 101}, KEY, 422, "invalid"),
    ("POST", "/me/subscription", {**ORDER, "payment_method_id": "card"}, KEY, 422, "invalid"),
    ("POST", "/me/subscription", ORDER, KEY, 409, "already_subscribed"),
    ("POST", "/me/subscription", ORDER, "key-00000001", 422, "idempotency_key_reused"),
    ("GET", "/me/invoices?limit=0", None, None, 422, "invalid"),
    ("GET", "/me/invoices?limit=101", None, None, 422, "invalid"),
    ("GET", "/me/invoices?cursor=bm9uZQ", None, None, 422, "bad_cursor"),
    ("GET", "/me/invoices?cursor=WyJhIl0", None, None, 422, "bad_cursor"),
]
# The same of somebody who has no subscription.
OF_NOBODY: list[tuple[str, str, Any, str | None, int, str]] = [
    ("GET", "/me/subscription", None, None, 404, "no_subscription"),
    ("DELETE", "/me/subscription", None, None, 404, "no_subscription"),
    ("POST", "/me/subscription/resume", None, None, 404, "no_subscription"),
    ("POST", "/me/subscription", {**ORDER, "plan_id": "gold-month"}, KEY, 404, "plan_not_found"),
    ("POST", "/me/subscription", {**ORDER, "payment_method_id": NOWHERE}, KEY, 404, "payment_method_not_found"),
    ("POST", "/me/subscription", {**ORDER, "payment_method_id": "{theirs}"}, KEY, 404, "payment_method_not_found"),
    ("POST", "/me/subscription", {**ORDER, "payment_method_id": "{removed}"}, KEY, 404, "payment_method_not_found"),
]


async def contents(billing: Billing) -> list[Any]:
    tables = ("subscriptions", "payment_methods", "invoices", "ledger_entries", "charge_attempts", "sandbox_charges",
              "idempotency_keys", "outbox")  # fmt: skip
    return [await billing.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def refuse(
    viewer: Viewer, known: dict[str, str], cases: list[tuple[str, str, Any, str | None, int, str]]
) -> None:
    """Make each of these requests; nothing may come of any of them."""
    before = await contents(viewer.billing)
    for method, path, body, key, status, code in cases:
        filled = {
            name: value.format(**known) if isinstance(value, str) else value for name, value in (body or {}).items()
        }
        more = {} if body is None else {"json": filled}
        answer = await viewer.call(method, path.format(**known), key=key, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{method} {path} {body}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
    assert await contents(viewer.billing) == before
    await check_money(viewer.billing, settled=True)


async def removed_card(viewer: Viewer) -> str:
    card = await viewer.card()
    assert (await viewer.call("DELETE", f"/me/payment-methods/{card}")).status_code == 204
    return card


async def test_what_a_subscriber_gets_wrong_moves_nothing(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    known = {"used": await viewer.card(), "card": await viewer.card(), "theirs": await other.card()}
    await viewer.subscribe("premium-year", known["used"])
    await refuse(viewer, known | {"removed": await removed_card(viewer)}, REFUSED)


async def test_what_somebody_without_a_plan_gets_wrong_moves_nothing(billing: Billing) -> None:
    viewer, other = billing.viewer(), billing.viewer()
    known = {"card": await viewer.card(), "theirs": await other.card(), "removed": await removed_card(viewer)}
    await refuse(viewer, known, OF_NOBODY)


async def test_a_token_whose_card_was_taken_off_file_is_no_token_any_more(billing: Billing) -> None:
    viewer = billing.viewer()
    body = {"provider": "sandbox", "token": await billing.token()}
    card = (await viewer.call("POST", "/me/payment-methods", json=body)).json()["id"]
    await viewer.call("DELETE", f"/me/payment-methods/{card}")
    again = await viewer.call("POST", "/me/payment-methods", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "payment_token_invalid")


async def test_of_the_cards_left_the_newest_becomes_the_default(billing: Billing) -> None:
    viewer = billing.viewer()
    cards = [await viewer.card() for _ in range(3)]
    assert (await viewer.call("DELETE", f"/me/payment-methods/{cards[0]}")).status_code == 204
    items = (await viewer.call("GET", "/me/payment-methods")).json()["items"]
    assert [(item["id"], item["is_default"]) for item in items] == [(cards[2], True), (cards[1], False)]
    await viewer.subscribe("basic-month", cards[1])
    items = (await viewer.call("GET", "/me/payment-methods")).json()["items"]
    assert [(item["id"], item["is_default"]) for item in items] == [(cards[1], True), (cards[2], False)]


async def test_receipts_are_paged_while_new_ones_come(billing: Billing) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-year", await viewer.card())
    for _ in range(4):
        billing.later(366)
        await billing.renewals.run_once()
    seen, cursor = [], ""
    while True:
        page = (await viewer.call("GET", f"/me/invoices?limit=2{cursor}")).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        billing.later(366)
        await billing.renewals.run_once()
    assert len(seen) == len({item["id"] for item in seen}) == 5
    assert [item["paid_at"] for item in seen] == sorted((item["paid_at"] for item in seen), reverse=True)
    numbers = [item["number"] for item in seen]
    assert numbers == [f"BJ-{number:08d}" for number in (5, 4, 3, 2, 1)]
