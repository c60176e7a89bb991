"""Card numbers and the calendar of billing periods."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

import pytest
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain import (
    add_months,
    brand_of,
    card_valid_until,
    entitled_until,
    first_period,
    following_period,
    luhn_valid,
    next_period,
)


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


@given(st.datetimes(MIN, MAX), st.integers(0, 300))
def test_months_are_counted_as_a_calendar_counts_them(start: datetime, months: int) -> None:
    assert add_months(start, months) == start + relativedelta(months=months)


@pytest.mark.parametrize("hours", [-11, 0, 14])
def test_the_day_is_that_of_the_anchor_whatever_the_clock_on_the_wall_says(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    anchor = datetime(2027, 1, 31, 23, 30, tzinfo=zone)
    assert add_months(anchor, 1) == datetime(2027, 2, 28, 23, 30, tzinfo=zone)
    assert add_months(anchor.astimezone(UTC), 13).utcoffset() == timedelta(0)


HOURS = st.integers(0, 24 * 40).map(lambda n: timedelta(hours=n))


@given(st.datetimes(MIN, MAX), st.sampled_from(["month", "year"]), HOURS, st.sampled_from([0, 1, 3, 30]))
def test_what_is_paid_for_follows_on_or_begins_now_and_never_overlaps(
    start: datetime, interval: str, late: timedelta, days: int
) -> None:
    ended, grace = first_period(start, interval), timedelta(days=days)
    now = ended.end + late
    found = following_period(ended.anchor, ended.number, ended.end, interval, now=now, grace=grace)
    watched_until = ended.end + max(grace, timedelta(days=1))
    assert found.start >= ended.end
    if now <= watched_until:
        assert found == next_period(ended.anchor, ended.number, ended.end, interval)
    else:
        assert (found.anchor, found.number, found.start) == (now, 1, now), "nobody pays for days without"


@pytest.mark.parametrize(("cancels", "days", "more"), [(False, 3, 3), (True, 3, 0), (False, 0, 0), (True, 0, 0)])
def test_grace_is_for_who_means_to_go_on(cancels: bool, days: int, more: int) -> None:
    end = datetime(2027, 1, 31, tzinfo=UTC)
    assert entitled_until(end, cancels=cancels, grace=timedelta(days=days)) == end + timedelta(days=more)


@pytest.mark.parametrize(
    ("digits", "brand"),
    [("2220", "card"), ("2221", "mastercard"), ("2720", "mastercard"), ("2721", "card"), ("50", "card"), ("51", "mastercard"),
     ("55", "mastercard"), ("56", "card"), ("34", "amex"), ("35", "card"), ("36", "card"), ("37", "amex"), ("6010", "card"),
     ("6011", "discover"), ("6012", "card"), ("643", "card"), ("644", "discover"), ("649", "discover"), ("65", "discover"),
     ("66", "card"), ("3", "card"), ("4", "visa"), ("5", "card")],
)  # fmt: skip
def test_where_each_brand_begins_and_ends(digits: str, brand: str) -> None:
    assert brand_of(digits.ljust(16, "0")) == brand


@given(st.text("0123456789", min_size=11, max_size=18))
def test_each_number_has_one_right_check_digit(payload: str) -> None:
    assert len([digit for digit in "0123456789" if luhn_valid(payload + digit)]) == 1


@pytest.mark.parametrize("length", [11, 12, 19, 20])
def test_a_number_has_twelve_to_nineteen_digits(length: int) -> None:
    assert luhn_valid("0" * length) is (12 <= length <= 19)
