"""Lists of ids in a query: every spelling that people use, a bound, and a refusal that says what is wrong."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.http.id_lists import MAX_IDS, BadId, TooManyIds, ids_of

BLANKS = st.sampled_from(["", " ", "\u00a0", ",", " , "])


@given(st.lists(st.tuples(st.uuids(), BLANKS, BLANKS, st.booleans()), max_size=MAX_IDS))
def test_ids_are_read_in_their_order_whatever_stands_between_them(items: list[tuple[UUID, str, str, bool]]) -> None:
    said = ",".join(f"{before}{str(id_).upper() if loud else id_}{after}" for id_, before, after, loud in items)

    assert ids_of(said) == [id_ for id_, *_ in items]


def test_a_list_is_as_long_as_is_said_and_no_longer() -> None:
    one = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"

    assert len(ids_of(",".join([one] * MAX_IDS))) == MAX_IDS
    with pytest.raises(TooManyIds):
        ids_of(",".join([one] * (MAX_IDS + 1)))


@given(st.text("0123456789abcdef-,{} xyz", min_size=1, max_size=40))
def test_a_text_is_ids_or_refused_and_never_half_taken(value: str) -> None:
    named = [part for part in value.split(",") if part.strip()]
    try:
        found = ids_of(value)
    except (BadId, TooManyIds):
        return
    assert len(found) == len(named)


@pytest.mark.parametrize(
    "value", ["me", "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13,x", "01993a02-71b4-7c58-9e2d-4f6a8b0c2d1"]
)
def test_what_is_no_id_is_refused(value: str) -> None:
    with pytest.raises(BadId):
        ids_of(value)
