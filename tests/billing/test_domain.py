"""Card numbers and the calendar of billing periods."""

from calendar import monthrange
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain import add_months, brand_of, card_valid_until, first_period, luhn_valid, next_period


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000000002", "378282246310005", "6011111111111117"])
def test_right_check_digits_are_accepted(number: str) -> None:
    assert luhn_valid(number)


@given(st.text("0123456789", min_size=12, max_size=19), st.data())
def test_one_wrong_digit_is_always_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not (luhn_valid(number) and luhn_valid(number[:place] + other + number[place + 1 :]))


@pytest.mark.parametrize("number", ["", "4242", "x" * 16, "4242-4242-4242-4242", "٤" * 16, "4" * 20])
def test_what_is_no_number_is_refused(number: str) -> None:
    assert not luhn_valid(number)


@pytest.mark.parametrize(
    ("number", "brand"),
    [("4242424242424242", "visa"), ("5555555555554444", "mastercard"), ("2223003122003222", "mastercard"),
     ("378282246310005", "amex"), ("6011111111111117", "discover"), ("9999999999999995", "card")],
)  # fmt: skip
def test_brands(number: str, brand: str) -> None:
    assert brand_of(number) == brand


def test_a_card_is_good_through_its_month() -> None:
    now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert card_valid_until(11, 2026, now) and not card_valid_until(10, 2026, now)


def test_a_leap_day_comes_back() -> None:
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert [add_months(leap, 12 * n).strftime("%Y-%m-%d") for n in (1, 4)] == ["2029-02-28", "2032-02-29"]


MIN, MAX = datetime(2000, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001


@given(st.datetimes(MIN, MAX), st.sampled_from(["month", "year"]))
def test_periods_follow_each_other_without_gap_and_keep_their_day(start: datetime, interval: str) -> None:
    period = first_period(start, interval)
    for _ in range(30):
        following = next_period(period.anchor, period.number, period.end, interval)
        assert following.start == period.end < following.end
        last = monthrange(following.end.year, following.end.month)[1]
        assert following.end.day == min(start.day, last)
        period = following
