"""What billing asks of a payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from libs.chassis.problems import Invalid


class TokenInvalid(Invalid):
    """These card details are not known or no longer valid. Please enter your card again."""

    code = "payment_token_invalid"


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the provider lets us see it; `reference` is its name there."""

    reference: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a check or charge. `reason` is the provider's slug, empty when it went well."""

    status: Literal["paid", "declined", "refunded"]
    reason: str = ""


class PaymentProvider(Protocol):
    """Amounts are in minor units. A charge is made once per `key`, however often it is asked for."""

    name: str

    async def card(self, token: str) -> Card:
        """Return the card behind a token the client got from the provider. Raises `TokenInvalid`."""
        ...

    async def verify(self, reference: str) -> Outcome:
        """Ask the issuer whether the card is good, without taking money."""
        ...

    async def charge(self, key: str, reference: str, amount: int, currency: str) -> Outcome:
        """Take money from the card."""
        ...

    async def find(self, key: str) -> Outcome | None:
        """Return what became of an earlier charge; None when the provider never heard of it."""
        ...

    async def refund(self, key: str) -> None:
        """Give back what a charge took. Doing it twice gives back once."""
        ...

    async def detach(self, reference: str) -> None:
        """Let the provider forget a card; what was charged stays known. Doing it twice changes nothing."""
        ...
