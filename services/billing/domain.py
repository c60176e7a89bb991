"""Pure rules of billing: card numbers, billing periods, what a subscription allows."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Interval = Literal["month", "year"]
MONTHS: dict[str, int] = {"month": 1, "year": 12}
LIVE = ("trialing", "active", "past_due")
LATE = timedelta(days=1)

# Ranges of issuer numbers (ISO/IEC 7812) by brand: first digits from, to.
_BRANDS = (
    ("amex", ((34, 34), (37, 37))),
    ("mastercard", ((51, 55), (2221, 2720))),
    ("discover", ((6011, 6011), (644, 649), (65, 65))),
    ("visa", ((4, 4),)),
)


def luhn_valid(number: str) -> bool:
    """Tell whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def brand_of(number: str) -> str:
    """Return the card's brand, or "card"."""
    for brand, ranges in _BRANDS:
        for low, high in ranges:
            if low <= int(number[: len(str(low))]) <= high:
                return brand
    return "card"


def card_valid_until(month: int, year: int, now: datetime) -> bool:
    """Tell whether a card is still good: it is to the end of the month printed on it."""
    return (year, month) >= (now.year, now.month)


def add_months(anchor: datetime, months: int) -> datetime:
    """Return the same day and time `months` later, or the last day of a month that is shorter.

    Always counted from the anchor, so that 31 January gives 28 February and then 31 March.
    """
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that is paid for: the `number`-th (from 1) since `anchor`."""

    anchor: datetime
    number: int
    start: datetime
    end: datetime


def first_period(start: datetime, interval: str) -> Period:
    """Return the period that begins at `start` and is the anchor of those that follow."""
    return Period(start, 1, start, add_months(start, MONTHS[interval]))


def next_period(anchor: datetime, number: int, end: datetime, interval: str) -> Period:
    """Return the period after the one that ends at `end`."""
    following = add_months(anchor, (number + 1) * MONTHS[interval])
    return Period(anchor, number + 1, end, following)


def following_period(
    anchor: datetime, number: int, end: datetime, interval: str, *, now: datetime, grace: timedelta
) -> Period:
    """Return the period to pay for when the one that ended at `end` is renewed now.

    It follows that one, so that the anchor's day is kept, unless a day or more has gone by on which nothing could be watched:
    nobody pays for those. A renewal is always a moment late; without grace that moment moves nothing either.
    """
    if now > end + max(grace, LATE):
        return first_period(now, interval)
    return next_period(anchor, number, end, interval)


def entitled_until(period_end: datetime, *, cancels: bool, grace: timedelta) -> datetime:
    """Return until when a live subscription lets its account watch; who does not mean to go on gets no grace."""
    return period_end if cancels else period_end + grace
