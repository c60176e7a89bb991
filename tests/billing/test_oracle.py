"""Two years of many accounts against an oracle that knows nothing of the code: what each paid for, and when it ended."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]

from tests.billing.conftest import DAY, Billing, Viewer

GRACE, RETRY, LATE = timedelta(days=3), timedelta(hours=24), timedelta(days=1)
PRICES = {"basic-month": 699, "standard-month": 1299, "basic-year": 6990, "premium-year": 17990}


@dataclass
class Account:
    """What should have become of one account, worked out beside the service."""

    plan: str
    begun: datetime
    paid_for: list[tuple[datetime, datetime]] = field(default_factory=list)
    ended: bool = False
    good: bool = True
    cancelled: bool = False
    owing: bool = False

    def __post_init__(self) -> None:
        self.step = relativedelta(months=1 if self.plan.endswith("month") else 12)
        self.periods = 0
        if self.plan.endswith("month"):  # a trial first
            self.anchor = self.end = self.due = self.begun + timedelta(days=14)
        else:
            self.anchor = self.begun
            self._pay(self.begun)

    def _pay(self, start: datetime) -> None:
        self.periods += 1
        self.end = self.due = self.anchor + self.step * self.periods
        self.paid_for.append((start, self.end))
        self.owing = False

    def cancel(self) -> None:
        self.cancelled = True
        self.ended = self.ended or self.owing

    def run(self, now: datetime) -> None:
        """What a look at the account now does."""
        if self.ended or now < self.due:
            return
        if self.cancelled:
            self.ended = True
        elif self.good:
            start = self.end
            if now - self.end > max(GRACE, LATE):
                self.anchor, self.periods, start = now, 0, now
            self._pay(start)
        elif now >= self.end + GRACE:
            self.ended = True
        else:
            self.owing, self.due = True, min(now + RETRY, self.end + GRACE)


async def set_card(billing: Billing, viewer: Viewer, *, good: bool) -> None:
    await billing.rows(
        "UPDATE sandbox_cards SET behaviour = $2 WHERE token IN (SELECT reference FROM payment_methods WHERE account_id = $1)",
        viewer.id,
        "pays" if good else "declined",
    )


@pytest.mark.slow
async def test_p7_twenty_four_months_equal_the_oracle(billing: Billing) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    pairs: list[tuple[Viewer, Account]] = []
    until = billing.clock.now() + timedelta(days=730)
    while billing.clock.now() < until:
        now = billing.clock.now()
        if len(pairs) < 12:
            viewer, plan = billing.viewer(), chance.choice(list(PRICES))
            assert (await viewer.subscribe(plan, await viewer.card())).status_code == 201
            pairs.append((viewer, Account(plan, now)))
        for viewer, account in pairs:
            if chance.random() < 0.02:
                account.good = not account.good
                await set_card(billing, viewer, good=account.good)
            if chance.random() < 0.003 and not account.ended:
                account.cancel()
                await viewer.call("DELETE", "/me/subscription")
        await billing.renewals.run_once()
        for _, account in pairs:
            account.run(now)
        # Mostly a few times a day; now and then the service was down for days.
        billing.clock.advance(chance.choice([0.3, 0.5, 1, 1.7, 3, 6.5]) * DAY)

    for viewer, account in pairs:
        rows = await billing.rows(
            "SELECT period_start, period_end, amount FROM invoices WHERE account_id = $1 ORDER BY id", viewer.id
        )
        assert [(row["period_start"], row["period_end"]) for row in rows] == account.paid_for, account
        assert {row["amount"] for row in rows} <= {PRICES[account.plan]}
        status = (await viewer.call("GET", "/me/subscription")).json()["status"]
        assert (status == "canceled", status == "past_due") == (account.ended, account.owing and not account.ended), (
            account
        )
    await billing.check_books()
    assert await billing.rows("SELECT 1 FROM charge_attempts WHERE state IN ('pending', 'undoing')") == []
