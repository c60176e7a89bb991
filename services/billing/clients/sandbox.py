"""The sandbox provider: test cards, charges that take nobody's money, and tables of its own as if it lived elsewhere.

It works on its own connections and commits on its own, so that a crash between it and billing can happen here as it can with
a real provider.
"""

from __future__ import annotations

import secrets

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Invalid
from services.billing.clients.provider import Card, Outcome, TokenInvalid
from services.billing.domain import brand_of, card_valid_until, luhn_valid

# Every other valid number pays. Only the last four digits of any number are kept.
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
FAILS_LATER = "4000000000000341"  # passes the check at sign-up and is declined at every charge
_DETACHED = "unknown_card"
_BEHAVIOUR = {DECLINED: "declined", NO_FUNDS: "insufficient_funds", FAILS_LATER: "fails_later"}


class CardNumberInvalid(Invalid):
    """This card number is not right. Please check it for typing mistakes."""

    code = "card_number_invalid"


class CardExpired(Invalid):
    """This card has expired. Please use another one."""

    code = "card_expired"


class Sandbox:
    """The provider called `sandbox`."""

    name = "sandbox"

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def tokenize(self, number: str, exp_month: int, exp_year: int) -> str:
        """Take card details, as the provider's own form does, and return the token that stands for them."""
        if not luhn_valid(number):
            raise CardNumberInvalid
        now = self._clock.now()
        if not card_valid_until(exp_month, exp_year, now):
            raise CardExpired
        token = "tok_" + secrets.token_urlsafe(18)
        await self._db.pool.execute(
            "INSERT INTO sandbox_cards (token, brand, last4, exp_month, exp_year, behaviour, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            token, brand_of(number), number[-4:], exp_month, exp_year, _BEHAVIOUR.get(number, "pays"), now,
        )  # fmt: skip
        return token

    async def card(self, token: str) -> Card:
        row = await self._db.pool.fetchrow(
            "SELECT brand, last4, exp_month, exp_year FROM sandbox_cards WHERE token = $1 AND behaviour <> $2",
            token, _DETACHED,
        )  # fmt: skip
        if row is None:
            raise TokenInvalid
        return Card(token, row["brand"], row["last4"], row["exp_month"], row["exp_year"])

    async def verify(self, reference: str) -> Outcome:
        reason = await self._refusal(reference)
        return Outcome("declined", reason) if reason and reason != "fails_later" else Outcome("paid")

    async def charge(self, key: str, reference: str, amount: int, currency: str) -> Outcome:
        reason = await self._refusal(reference)
        # The first of several requests with one key decides; the others read what it decided.
        await self._db.pool.execute(
            "INSERT INTO sandbox_charges (idempotency_key, token, amount, currency, status, reason, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (idempotency_key) DO NOTHING",
            key, reference, amount, currency, "declined" if reason else "paid", reason, self._clock.now(),
        )  # fmt: skip
        found = await self.find(key)
        assert found is not None
        return found

    async def find(self, key: str) -> Outcome | None:
        row = await self._db.pool.fetchrow(
            "SELECT status, reason, refunded_at FROM sandbox_charges WHERE idempotency_key = $1", key
        )
        if row is None:
            return None
        if row["refunded_at"] is not None:
            return Outcome("refunded")
        return Outcome("paid") if row["status"] == "paid" else Outcome("declined", row["reason"])

    async def refund(self, key: str) -> None:
        await self._db.pool.execute(
            "UPDATE sandbox_charges SET refunded_at = $2"
            " WHERE idempotency_key = $1 AND status = 'paid' AND refunded_at IS NULL",
            key, self._clock.now(),
        )  # fmt: skip

    async def detach(self, reference: str) -> None:
        # Charges refer to it: it stays, as a card that nobody knows.
        await self._db.pool.execute(
            "UPDATE sandbox_cards SET brand = '', last4 = '', exp_month = 1, exp_year = 2000, behaviour = $2 WHERE token = $1",
            reference, _DETACHED,
        )  # fmt: skip

    async def _refusal(self, reference: str) -> str:
        row = await self._db.pool.fetchrow(
            "SELECT behaviour, exp_month, exp_year FROM sandbox_cards WHERE token = $1", reference
        )
        if row is None or row["behaviour"] == _DETACHED:
            return _DETACHED
        if not card_valid_until(row["exp_month"], row["exp_year"], self._clock.now()):
            return "expired_card"
        return "" if row["behaviour"] == "pays" else str(row["behaviour"])
