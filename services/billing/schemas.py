"""HTTP bodies of billing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, Secret

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels

METHOD = "01993b80-1a4e-7d0c-b6f1-2e8c9a7d5f31"
PLAN = "standard-month"


class Money(BaseModel):
    """`amount` in minor units (cents), `currency` as ISO 4217."""

    model_config = example(amount=1299, currency="USD")

    amount: Annotated[int, Field(description="In minor units of the currency: 1299 is 12.99.")]
    currency: str


class PlanBody(BaseModel):
    """A plan. `max_height` in pixels, `downloads` titles at once, `trial_days` free for those who never had a plan."""

    model_config = example(
        id=PLAN,
        name="Standard",
        interval="month",
        max_streams=2,
        max_height=1080,
        downloads=2,
        ads=False,
        trial_days=14,
    )

    id: str
    name: str
    interval: Literal["month", "year"]
    price: Money
    max_streams: Annotated[int, Field(description="How many screens may play at once.")]
    max_height: Pixels
    downloads: int
    ads: bool
    trial_days: int


class Plans(BaseModel):
    """The price list."""

    items: list[PlanBody]


def _digits(value: object) -> object:
    # People write card numbers in groups; the provider wants the digits.
    return value.replace(" ", "").replace("-", "") if isinstance(value, str) else value


def _full_year(value: object) -> object:
    return value + 2000 if isinstance(value, int) and 0 <= value < 100 else value


class CardDetails(Body):
    """What stands on a card. The provider gets it, nobody keeps it. `exp_month` is 1 to 12, `exp_year` has two or four digits."""

    model_config = example(number="4242424242424242", exp_month=12, exp_year=2034, cvc="123")

    number: Annotated[Secret[Annotated[str, text.token(19, shortest=12)]], BeforeValidator(_digits)]
    exp_month: int = Field(ge=1, le=12)
    exp_year: Annotated[int, Field(ge=2000, le=2100), BeforeValidator(_full_year)]
    cvc: Secret[Annotated[str, text.token(4, shortest=3)]]


class CardToken(BaseModel):
    """What stands for a card, once."""

    model_config = example(token="tok_9QmJ2bXo3cV7dLw0yT5sKfHn")

    token: str


class AddPaymentMethodBody(Body):
    """`token` is what the provider's form gave. The first method is the default whatever is said here."""

    model_config = example(provider="sandbox", token="tok_9QmJ2bXo3cV7dLw0yT5sKfHn", is_default=True)

    provider: Literal["sandbox"]
    token: Annotated[str, text.token(200)]
    is_default: bool = False


class PaymentMethodBody(BaseModel):
    """A card on file. Renewals are charged to the default one. Good until the end of `exp_month` (from 1) of `exp_year`."""

    model_config = example(
        id=METHOD, provider="sandbox", brand="visa", last4="4242", exp_month=12, exp_year=2034, is_default=True
    )

    id: UUID
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool


class PaymentMethods(BaseModel):
    """The cards on file, the default one first."""

    items: list[PaymentMethodBody]


class SubscribeBody(Body):
    """A plan of the price list, and a card on file to pay it with."""

    model_config = example(plan_id=PLAN, payment_method_id=METHOD)

    plan_id: Annotated[str, text.token(100)]
    payment_method_id: UUID


class SubscriptionBody(BaseModel):
    """A subscription. After `current_period_end` it renews, or ends where `cancel_at_period_end` is set."""

    model_config = example(
        id="01993b80-9c2f-7e15-8a40-6b3d1f5c7e92",
        plan_id=PLAN,
        status="trialing",
        current_period_start="2026-11-26T20:31:55Z",
        current_period_end="2026-12-10T20:31:55Z",
        cancel_at_period_end=False,
        created_at="2026-11-26T20:31:55Z",
    )

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

    model_config = example(
        id="0199a1c4-3b7d-7f28-91e6-5c0a8d2b4f63",
        number="BJ-00000042",
        plan_id=PLAN,
        description="Bijou Standard, one month",
        status="paid",
        period_start="2026-12-10T20:31:55Z",
        period_end="2027-01-10T20:31:55Z",
        paid_at="2026-12-10T20:31:57Z",
    )

    id: UUID
    number: str
    plan_id: str
    description: str
    amount: Money
    status: Literal["paid"]
    period_start: datetime
    period_end: datetime
    paid_at: datetime
