"""Languages as files say them become BCP 47, or unknown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transcode.media.languages import UNKNOWN, name, tag


@pytest.mark.parametrize(
    ("said", "wanted", "english"),
    [
        ("ENG", "en", "English"), ("ger", "de", "German"), ("deu", "de", "German"), ("chi", "zh", "Chinese"),
        ("cat", "ca", "Catalan"), ("yue", "yue", "Cantonese"), ("iw", "he", "Hebrew"),
        ("en-US", "en-US", "English (United States)"),
        ("pt_br", "pt-BR", "Portuguese (Brazil)"), ("sr-Latn", "sr-Latn", "Serbian (Latin)"),
        ("zxx", "zxx", "No linguistic content"),
    ],
)  # fmt: skip
def test_a_language_has_one_tag_and_a_name(said: str, wanted: str, english: str) -> None:
    assert tag(said) == wanted
    assert tag(wanted) == wanted
    assert name(wanted, "Sound") == english


@pytest.mark.parametrize(
    "said", ["und", "qqq", "qaa", "", None, "xx", "english", "x-foo", "e,hls_name=x", 'en"', "en" + "-variant" * 9]
)
def test_what_is_no_language_is_unknown(said: str | None) -> None:
    """It becomes part of manifests."""
    assert tag(said) == UNKNOWN
    assert name(tag(said), "Sound") == "Sound"


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}", fullmatch=True))
def test_whatever_is_said_a_tag_is_a_tag(said: str) -> None:
    assert re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", tag(said))
