"""Names and tags of languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transcode.media.languages import NAMES, label, tag


@pytest.mark.parametrize("code", NAMES)
def test_every_code_becomes_the_short_one_of_its_language(code: str) -> None:
    short = tag(code)
    assert len(short) == 2
    assert NAMES[short] == NAMES[code]
    assert tag(short) == short


@pytest.mark.parametrize(
    ("code", "wanted"), [("ger", "de"), ("chi", "zh"), ("dut", "nl"), ("rum", "ro"), ("per", "fa")]
)
def test_bibliographic_codes_mean_the_same(code: str, wanted: str) -> None:
    assert tag(code) == wanted


@pytest.mark.parametrize("code", ["und", "qqq", "", "xx"])
def test_what_is_unknown_has_no_tag(code: str) -> None:
    assert tag(code) == "und"


@given(st.lists(st.sampled_from(["en", "eng", "de", "ger", "qqq", "und"]), max_size=12))
def test_no_two_tracks_have_one_name(codes: list[str]) -> None:
    used: set[str] = set()
    names = [label(code, "Sound", used) for code in codes]
    assert len(set(names)) == len(names)
    assert used == set(names)
    for code, name in zip(codes, names, strict=True):
        assert name.split(" ")[0] == {"und": "Sound", "qqq": "QQQ"}.get(code) or NAMES.get(code) == name.split(" ")[0]


def test_the_second_of_a_language_is_numbered_two() -> None:
    used = {"German"}
    assert [label(code, "Sound", used) for code in ("de", "ger", "und", "und")] == [
        "German 2", "German 3", "Sound", "Sound 2"
    ]  # fmt: skip
