"""Any sequence of wishes, days, broken cards and silent providers: the money adds up and others know what an account may do."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.billing.service.charging import PaymentUnavailable
from tests.billing.conftest import DECLINED, GOOD, Billing, Viewer
from tests.billing.invariants import check_money, check_told
from tests.billing.provider import Tapped
from tests.examples import examples

PLANS = ("basic-month", "standard-month", "premium-year")
REFUSED = {
    "already_subscribed", "no_subscription", "payment_declined", "payment_in_progress", "payment_method_in_use",
    "payment_method_missing", "payment_method_not_found", "payment_unavailable", "payment_undone",
}  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("subscribe"), st.sampled_from(PLANS)),
    st.tuples(st.just("subscribe"), st.sampled_from(PLANS)),
    st.tuples(st.just("again")),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("card"), st.sampled_from([GOOD, DECLINED]), st.booleans()),
    st.tuples(st.just("uncard")),
    st.tuples(st.just("behave"), st.sampled_from(["pays", "fails_later", "insufficient_funds"])),
    st.tuples(st.just("days"), st.sampled_from([0.002, 1, 3, 14, 31, 45, 366])),
    st.tuples(st.just("days"), st.sampled_from([14, 31])),
    st.tuples(st.just("renew")),
    st.tuples(st.just("renew")),
    st.tuples(st.just("trouble"), st.sampled_from(["before", "after", "refund", "verify", "none"])),
)


async def lost() -> None:
    raise ConnectionError


class Life:
    """One account's life, step by step."""

    def __init__(self, viewer: Viewer, provider: Tapped) -> None:
        self.viewer = viewer
        self.billing = viewer.billing
        self.provider = provider
        self.orders: list[tuple[str, str, str]] = []

    async def cards(self) -> list[str]:
        return [item["id"] for item in (await self.viewer.call("GET", "/me/payment-methods")).json()["items"]]

    async def order(self, plan: str, card: str, key: str) -> None:
        answer = await self.viewer.subscribe(plan, card, key)
        assert answer.status_code == 201 or answer.json()["code"] in REFUSED, answer.text

    async def subscribe(self, plan: str) -> None:
        if cards := await self.cards():
            self.orders.append((plan, cards[0], f"key-{len(self.orders):08d}"))
            await self.order(*self.orders[-1])

    async def again(self) -> None:
        if self.orders:
            await self.order(*self.orders[-1])

    async def wish(self, method: str, path: str) -> None:
        answer = await self.viewer.call(method, path)
        assert answer.status_code in (200, 204) or answer.json()["code"] in REFUSED, answer.text

    async def cancel(self) -> None:
        await self.wish("DELETE", "/me/subscription")

    async def resume(self) -> None:
        await self.wish("POST", "/me/subscription/resume")

    async def card(self, number: str, default: bool) -> None:
        await self.viewer.card(number, is_default=default)

    async def uncard(self) -> None:
        if cards := await self.cards():
            await self.wish("DELETE", f"/me/payment-methods/{cards[0]}")

    async def behave(self, how: str) -> None:
        await self.billing.rows("UPDATE sandbox_cards SET behaviour = $1", how)

    async def days(self, days: float) -> None:
        self.billing.later(days)

    async def renew(self) -> None:
        try:
            await self.billing.renewals.run_once()
        except PaymentUnavailable:
            assert self.trouble_now, "the provider answers"

    @property
    def trouble_now(self) -> bool:
        return bool(self.provider.away or self.provider.after)

    async def trouble(self, which: str) -> None:
        self.provider.after = lost if which == "after" else None
        self.provider.away = {"before": {"charge"}, "refund": {"refund"}, "verify": {"verify"}}.get(which, set())


@examples(6)
@given(steps=st.lists(STEP, min_size=6, max_size=16))
async def test_the_money_adds_up_whatever_happens(billing: Billing, steps: list[tuple[Any, ...]]) -> None:
    life = Life(billing.viewer(), Tapped(billing))
    await life.card(GOOD, False)
    for name, *arguments in steps:
        await getattr(life, name)(*arguments)
        await check_money(billing, settled=False)
        await check_told(life.viewer)
    await life.trouble("none")
    for _ in range(3):  # whatever was cut off is waited for, longer each time it came to nothing
        billing.later(0.5)
        await life.renew()
    await check_money(billing, settled=True)
    await check_told(life.viewer)


@examples(6)
@given(back=st.sampled_from([0.01, 1, 20, 40]), days=st.lists(st.sampled_from([1, 14, 31]), min_size=1, max_size=3))
async def test_a_clock_that_goes_back_charges_nobody_twice(billing: Billing, back: float, days: list[int]) -> None:
    viewer = billing.viewer()
    await viewer.subscribe("basic-month", await viewer.card())
    for step in days:
        billing.later(step)
        await billing.renewals.run_once()
        before, told = await billing.charged(), await viewer.entitlements()
        subscription = (await viewer.call("GET", "/me/subscription")).json()
        billing.later(-back)
        await billing.renewals.run_once()
        assert (await billing.charged(), await viewer.entitlements()) == (before, told)
        assert (await viewer.call("GET", "/me/subscription")).json() == subscription
        billing.later(back)
    await check_money(billing, settled=True)
    await check_told(viewer)
