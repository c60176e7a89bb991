"""Events of billing: what an account may do and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Personal, Topic

ENTITLEMENTS = Topic("billing.entitlements", "account", "what an account's plan allows, until when", compacted=True)

CHARGES = Topic("billing.charges", "account", "what was paid for, as it was booked")


class EntitlementChanged(Event):
    """What the plan allows; a higher `version` replaces a lower one. Nothing is allowed after `valid_until`."""

    TYPE: ClassVar[str] = "bijou.billing.entitlement.changed.v1"
    TOPIC: ClassVar[Topic] = ENTITLEMENTS

    account_id: Annotated[UUID, Personal]
    version: int
    plan_id: str
    status: Literal["trialing", "active", "past_due", "canceled", "none"]
    max_streams: int = 0
    max_height: int = 0
    downloads: int = 0
    ads: bool = False
    overflow: Literal["block_newest", "stop_oldest"] = "block_newest"
    valid_until: datetime | None = None

    def key(self) -> str:
        return str(self.account_id)


class ChargeBooked(Event):
    """An invoice was paid, and is in the ledger. `amount` in minor units of the currency; 0 of a plan that costs nothing."""

    TYPE: ClassVar[str] = "bijou.billing.charge.booked.v1"
    TOPIC: ClassVar[Topic] = CHARGES

    invoice_id: UUID
    account_id: Annotated[UUID, Personal]
    plan_id: str
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    paid_at: datetime

    def key(self) -> str:
        return str(self.account_id)
