"""Events of billing: what an account may do and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Personal, Topic

ENTITLEMENTS = Topic("billing.entitlements", "account", "what an account's plan allows, until when", compacted=True)


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
