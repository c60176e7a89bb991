"""Cursors survive a round trip and refuse what is not one."""

import pytest

from libs.chassis.pages import BadCursor, decode_cursor, encode_cursor


def test_round_trip() -> None:
    assert decode_cursor(encode_cursor("2026-11-20", 7), 2) == ["2026-11-20", 7]


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "bm90anNvbg", encode_cursor(1), "A" * 500])
def test_what_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor, 2)
