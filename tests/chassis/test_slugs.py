"""Names in addresses lose no letters, whatever script they are in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.slugs import LONGEST, name_id, slug

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("The Moss Hour", "the-moss-hour"), ("--a--b--", "a-b"), ("a_b/c.d", "a-b-c-d"), ("Don't", "don-t"),
        ("Straße", "strasse"), ("STRAẞE", "strasse"), ("Łódź", "lodz"), ("Ærø", "aero"), ("İstanbul", "istanbul"),
        ("Ängste & Nöte!", "angste-note"), ("e\u0301cole", "ecole"), ("ﬁne №5", "fine-no5"), ("Ocean’s Ⅷ", "oceans-viii"),
        ("Комедия", "komediya"), ("K-драма", "k-drama"), ("Ελλάδα", "ellada"), ("千と千尋", "qiantoqianxun"),
        ("기생충", "gisaengchung"), ("קול", "kvl"), ("\u200fقصة\u200f حب", "qsh-hb"), ("a\u200b\u200db\ufeff", "ab"),
        ("😀🎬", "grinning-clapper"), (FAMILY, "man-woman-girl"),
        ("!!!", ""), ("\u200b\u2060", ""), ("…", ""), ("", ""),
        ("a" * (LONGEST - 1) + " b", "a" * (LONGEST - 1)), ("ß" * 200, "s" * LONGEST), ("王" * 200, "wang" * 20),
    ],
)  # fmt: skip
def test_slugs(name: str, wanted: str) -> None:
    assert slug(name) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"), [("Sci-Fi", "sci-fi"), ("комедия", "komediya"), ("𒀀 𒀁", "𒀀-𒀁"), ("!!!", ""), ("𒀀" * 200, "𒀀" * LONGEST)]
)  # fmt: skip
def test_an_id_keeps_signs_that_nobody_can_transliterate(name: str, wanted: str) -> None:
    assert name_id(name) == wanted


@given(st.text(max_size=300))
def test_a_slug_is_empty_or_one(name: str) -> None:
    made, id_ = slug(name), name_id(name)
    assert made == "" or SLUG.fullmatch(made)
    assert len(made) <= LONGEST and len(id_) <= LONGEST
    assert slug(made) == made and name_id(id_) == id_, "what was made of a name is itself"
