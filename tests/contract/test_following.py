"""What comes after what is being played: episodes lead to episodes, specials to specials, nothing back to itself."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.catalog import SPECIALS, following


@dataclass(frozen=True)
class Item:
    number: int
    season_number: int | None


def in_order(seasons: list[int]) -> list[Item]:
    return [Item(number, season) for number, season in enumerate(sorted(seasons))]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.data())
def test_nothing_is_left_out_and_nothing_crosses_over(seasons: list[int], data: st.DataObject) -> None:
    playables = in_order(seasons)
    place = data.draw(st.integers(0, len(playables) - 1))
    found = list(following(playables, place))
    special = playables[place].season_number == SPECIALS
    assert all(item.number > place for item in found)
    assert all((item.season_number == SPECIALS) == special for item in found)
    left_out = set(playables[place + 1 :]) - set(found)
    assert all((item.season_number == SPECIALS) != special for item in left_out)
    assert [item.number for item in found] == sorted(item.number for item in found)


@pytest.mark.parametrize(
    ("seasons", "place", "expected"),
    [
        ([0, 0, 1, 1, 2], 1, []),
        ([0, 0, 1, 1, 2], 0, [1]),
        ([0, 1, 1, 2], 1, [2, 3]),
        ([0, 1, 1, 2], 3, []),
        ([0], 0, []),
    ],
)
def test_after_a_finale_comes_no_special(seasons: list[int], place: int, expected: list[int]) -> None:
    assert [item.number for item in following(in_order(seasons), place)] == expected


def test_a_film_leads_nowhere() -> None:
    assert list(following([Item(0, None)], 0)) == []
