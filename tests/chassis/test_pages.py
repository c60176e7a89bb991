"""Cursors survive a round trip, and whatever else somebody makes of one is refused before a database sees it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.http.pagination import BadCursor, decode_cursor, encode_cursor

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_round_trip() -> None:
    values = [NOW, uuid4(), 7, "Żółw\n"]
    assert decode_cursor(encode_cursor(*values), datetime, UUID, int, str) == values


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "bm90anNvbg", encode_cursor(1), "A" * 500, "é", "\x00"])
def test_what_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor, int, int)


ABSURD: dict[type, list[Any]] = {
    datetime: [
        "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "0000-01-01T00:00:00Z", "infinity", "-infinity",
        "2026-11-20T12:00:00", "2026-13-01T00:00:00Z", "1899-12-31T23:59:59Z", "", 0, -1, 1e300, 2**63, None, True, [],
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))).isoformat(),
    ],
    UUID: ["", "0", 7, None, "x" * 36, [str(uuid4())], {"a": 1}],
    int: [2**63, -(2**63) - 1, 1.5, 1e300, "7", None, True, [7]],
    str: [7, None, "a\x00b", ["a"]],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in ABSURD.items() for value in values])
def test_what_no_column_holds_is_refused(kind: type, value: Any) -> None:
    try:
        cursor = encode_cursor(value)
    except TypeError:
        cursor = encode_cursor(str(value))  # more than JSON holds
    with pytest.raises(BadCursor):
        decode_cursor(cursor, kind)


@given(st.lists(JSON, max_size=3))
def test_whatever_it_holds_it_is_refused_or_of_its_kinds(values: list[Any]) -> None:
    kinds = (datetime, UUID)
    try:
        found = decode_cursor(encode_cursor(*values), *kinds)
    except BadCursor:
        return
    assert [type(value) for value in found] == list(kinds)
