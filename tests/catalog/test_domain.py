"""The rules of the catalogue by themselves: lifecycle, what publishing needs, slugs, what an edit changed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import (
    TRANSITIONS,
    PlayableState,
    after,
    as_whole,
    distinct,
    genre_slug,
    missing_for_publication,
    slugify,
)
from services.catalog.service.snapshot import difference

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
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


@given(st.text(max_size=300))
def test_a_slug_is_empty_or_one(name: str) -> None:
    slug = slugify(name)
    assert slug == "" or SLUG.fullmatch(slug)
    assert len(slug) <= 80
    assert slugify(slug) == slug, "a slug of a slug is itself"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("The Moss Hour", "the-moss-hour"), ("Ängste & Nöte!", "angste-note"), ("ﬁne №5", "fine-no5"), ("千と千尋", ""),
     ("a" * 79 + " b", "a" * 79), ("--a--b--", "a-b"), ("a_b/c.d", "a-b-c-d")],
)  # fmt: skip
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Sci-Fi", "sci-fi"), ("sci fi", "sci-fi"), ("Комедия", "комедия"), ("КОМЕДИЯ", "комедия"), ("時代 劇", "時代-劇"),
     ("!!!", "")],
)  # fmt: skip
def test_genres_keep_their_script(name: str, slug: str) -> None:
    assert genre_slug(name) == slug


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
