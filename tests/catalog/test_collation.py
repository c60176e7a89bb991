"""Where names stand in an alphabetical list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.http.pagination import LONGEST_CURSOR, encode_cursor
from libs.chassis.ids import new_id
from services.catalog.collation import ARTICLES, sort_name


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("The Moss Hour", "en", "moss hour"),
        ("The Moss Hour", "und", "moss hour"),
        ("A", "en", "a"),
        ("The The", "en", "the"),
        ("Theory", "en", "theory"),
        ("A.I.", "en", "a i"),
        ("“The” End", "en", "the end"),
        ("…And the Rest", "en", "and the rest"),
        ("Die Hard", "en", "die hard"),
        ("Die Welle", "de", "welle"),
        ("Die Welle", "de-AT", "welle"),
        ("Les Misérables", "fr", "miserables"),
        ("L’Avventura", "it", "avventura"),
        ("L'Été", "fr", "ete"),
        ("El Ángel", "es", "angel"),
        ("Los Ángeles", "en", "los angeles"),
        ("O Auto", "pt-BR", "auto"),
        ("Łódź", "pl", "lodz"),
        ("Ødipus", "da", "odipus"),
        ("Straße", "de", "strasse"),
        ("Part 2", "en", "part 000002"),
        ("The 400 Blows", "en", "000400 blows"),
        ("千と千尋", "ja", "千と千尋"),
        ("¿Qué?", "es", "que"),
        ("WALL·E", "en", "wall e"),
        ("!!!", "en", ""),
    ],
)
def test_a_name_is_sorted_by(name: str, language: str, expected: str) -> None:
    assert sort_name(name, language) == expected


@given(st.text(max_size=200), st.sampled_from(sorted(ARTICLES)))
def test_whatever_it_is_called_it_fits_a_cursor(name: str, language: str) -> None:
    key = sort_name(name, language)

    assert key == key.strip()
    assert len(encode_cursor("name", key, new_id())) <= LONGEST_CURSOR
