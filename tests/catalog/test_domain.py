"""The rules of the catalogue by themselves: lifecycle, what publishing needs, slugs, what an edit changed."""

from itertools import islice
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.catalog.domain import (
    TRANSITIONS,
    PlayableState,
    addresses,
    after,
    as_whole,
    distinct,
    missing_for_publication,
)
from services.catalog.schemas.fields import Slug
from services.catalog.service.snapshot import difference

STATUSES = ("draft", "review", "approved", "scheduled", "published", "archived")


@pytest.mark.parametrize(
    ("action", "leads"),
    [
        ("publish", ("published", None, "published", "published", "published", None)),
        ("unpublish", ("draft", None, None, "draft", "draft", None)),
        ("archive", ("archived",) * 6),
        ("restore", ("draft", None, None, None, None, "draft")),
    ],
)
def test_where_each_action_leads_from_each_status(action: str, leads: tuple[str | None, ...]) -> None:
    assert tuple(after(action, status) for status in STATUSES) == leads


@pytest.mark.parametrize("status", STATUSES)
def test_from_every_status_there_is_a_way_to_be_published(status: str) -> None:
    reached, frontier = {status}, {status}
    while frontier:
        frontier = {to for one in frontier for action in TRANSITIONS if (to := after(action, one))} - reached
        reached |= frontier
    assert "published" in reached


@pytest.mark.parametrize(
    ("kind", "seasons", "ready", "missing"),
    [
        ("movie", 0, [], ["asset"]),
        ("movie", 0, [False], ["asset"]),
        ("movie", 0, [True], []),
        ("series", 0, [], ["season", "episode", "asset"]),
        ("series", 1, [], ["episode", "asset"]),
        ("series", 1, [False, False], ["asset"]),
        ("series", 2, [False, True], []),
    ],
)
def test_what_publishing_needs(kind: str, seasons: int, ready: list[bool], missing: list[str]) -> None:
    playables = [PlayableState(None if kind == "movie" else 1, item) for item in ready]
    assert missing_for_publication(kind, seasons, playables) == missing


ID = UUID("01993a02-71b4-7c58-9e2d-4f6a8b0c2d13")
SLUG: TypeAdapter[str] = TypeAdapter(Slug)


@pytest.mark.parametrize(
    ("name", "year", "wanted"),
    [
        ("Straße", None, ["strasse", "strasse-4f6a8b0c2d13"]),
        ("Łódź", 2019, ["lodz", "lodz-2019", "lodz-4f6a8b0c2d13"]),
        ("!!!", 1984, ["title", "title-1984", "title-4f6a8b0c2d13"]),
        ("a" * 90, 2020, ["a" * 80, "a" * 75 + "-2020", "a" * 67 + "-4f6a8b0c2d13"]),
        (str(ID), None, [f"title-{ID}", f"title-{ID}-4f6a8b0c2d13"]),
        (ID.hex.upper(), None, [f"title-{ID.hex}", f"title-{ID.hex}-4f6a8b0c2d13"]),
    ],
)
def test_where_a_title_may_be_found(name: str, year: int | None, wanted: list[str]) -> None:
    assert list(addresses(name, year, ID)) == wanted


@given(st.text(max_size=300), st.none() | st.integers(1870, 2200))
def test_every_address_that_is_made_may_also_be_given(name: str, year: int | None) -> None:
    for address in islice(addresses(name, year, ID), 3):
        assert SLUG.validate_python(address) == address


@given(st.lists(st.text(" ab\t", max_size=5), max_size=8))
def test_distinct_words_are_trimmed_and_in_their_order(values: list[str]) -> None:
    found = distinct(values)
    assert len(found) == len(set(found)) and all(word == " ".join(word.split()) != "" for word in found)
    assert set(found) == {" ".join(value.split()) for value in values} - {""}
    assert distinct(found) == found


@pytest.mark.parametrize(
    ("duration", "than", "whole"),
    [(None, None, True), (0.1, None, True), (None, 10, False), (99, 100, True), (98.99, 100, False), (500, 100, True)],
)
def test_as_whole_as_another(duration: float | None, than: float | None, whole: bool) -> None:
    assert as_whole(duration, than) is whole


FACTS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))


@given(FACTS, FACTS)
def test_a_difference_leads_from_one_to_the_other(before: dict[str, int], then: dict[str, int]) -> None:
    was, is_ = difference(before, then)
    assert was.keys() == is_.keys()
    assert all(was[key] != is_[key] for key in was)
    assert {key: value for key, value in {**before, **is_}.items() if value is not None} == then
    assert {key: value for key, value in {**then, **was}.items() if value is not None} == before
    assert difference(then, then) == ({}, {})
