"""HTTP bodies of billing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, Secret

from libs.chassis import text


class Money(BaseModel):
    """`amount` in minor units (cents), `currency` as ISO 4217."""

    amount: int
    currency: str


class PlanBody(BaseModel):
    """A plan. `max_height` in pixels, `downloads` titles at once, `trial_days` free for those who never had a plan."""

    id: str
    name: str
    interval: Literal["month", "year"]
    price: Money
    max_streams: int
    max_height: int
    downloads: int
    ads: bool
    trial_days: int


class Plans(BaseModel):
    items: list[PlanBody]


def _digits(value: object) -> object:
    # People write card numbers in groups; the provider wants the digits.
    return value.replace(" ", "").replace("-", "") if isinstance(value, str) else value


def _full_year(value: object) -> object:
    return value + 2000 if isinstance(value, int) and 0 <= value < 100 else value


class CardDetails(BaseModel):
    """What stands on a card. It goes to the provider and is not kept."""

    number: Annotated[Secret[Annotated[str, text.token(19, shortest=12)]], BeforeValidator(_digits)]
    exp_month: int = Field(ge=1, le=12)
    exp_year: Annotated[int, Field(ge=2000, le=2100), BeforeValidator(_full_year)]
    cvc: Secret[Annotated[str, text.token(4, shortest=3)]]


class CardToken(BaseModel):
    token: str


class AddPaymentMethodBody(BaseModel):
    """`token` is what the provider's form gave. The first method is the default whatever is said here."""

    provider: Literal["sandbox"]
    token: Annotated[str, text.token(200)]
    is_default: bool = False


class PaymentMethodBody(BaseModel):
    """A card on file. Renewals are charged to the default one."""

    id: UUID
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool


class PaymentMethods(BaseModel):
    items: list[PaymentMethodBody]


class SubscribeBody(BaseModel):
    plan_id: Annotated[str, text.token(100)]
    payment_method_id: UUID


class SubscriptionBody(BaseModel):
    """A subscription. After `current_period_end` it renews, or ends where `cancel_at_period_end` is set."""

    id: UUID
    plan_id: str
    status: Literal["trialing", "active", "past_due", "canceled"]
    current_period_start: datetime
    current_period_end: datetime
    cancel_at_period_end: bool
    created_at: datetime
    ended_at: datetime | None


class InvoiceBody(BaseModel):
    """A receipt for one charge."""

    id: UUID
    number: str
    plan_id: str
    description: str
    amount: Money
    status: Literal["paid"]
    period_start: datetime
    period_end: datetime
    paid_at: datetime
