"""Captions: whatever an export holds, what is published is WebVTT inside the film and says nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.transcode.media.captions import cue_times, tidied
from pipelines.transcode.media.thumbnails import stamp

CHEAP = settings(deadline=None, max_examples=150)
PIECES = st.sampled_from(
    ["Hello", " ", "<b>", "</b>", "<i>", "<font color=red>", "</font>", "<script>", "<", ">", "-->", "--", "{\\an8}", "ü",
     "<v Bo>", "<00:01.000>", "<<x>b>", "&lt;", "1", "NOTE", "STYLE", "WEBVTT", "00:00:01.000 --> 00:00:02.000"]
)  # fmt: skip
LINES = st.lists(PIECES, max_size=5).map("".join)
CUES = st.tuples(st.integers(0, 40_000), st.integers(0, 40_000), st.lists(LINES, max_size=4))


def document(cues: list[tuple[int, int, list[str]]], end: str = "\n") -> str:
    blocks = ["WEBVTT"]
    for start, stop, lines in cues:
        blocks.append(end.join([f"{stamp(start / 1000)} --> {stamp(stop / 1000)}", *lines]))
    return (end * 2).join(blocks) + end


def cues(text: str) -> list[tuple[float, float, list[str]]]:
    """The cues of a document in the one form that is published."""
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    found = []
    for block in blocks:
        first, *lines = block.split("\n")
        times = cue_times(first)
        assert times is not None, block
        found.append((*times, lines))
    return found


@CHEAP
@given(st.integers(0, 400_000_000))
def test_a_time_is_read_as_it_was_written(milliseconds: int) -> None:
    written = stamp(milliseconds / 1000)
    times = cue_times(f"{written} --> {written}")
    assert times is not None
    assert times == pytest.approx((milliseconds / 1000,) * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("00:01.500 --> 00:02.000", (1.5, 2.0)),
        ("01:00:01.500 --> 123:00:02.000", (3601.5, 442_802.0)),
        ("00:01.000 --> 00:02.000 position:10% align:start", (1.0, 2.0)),
        ("00:01,500 --> 00:02,000", None),
        ("00:61.500 --> 00:62.000", None),
        ("1:00:01.500 --> 1:00:02.000", None),
        (" 00:01.500 --> 00:02.000", None),
        ("say 00:01.500 --> 00:02.000", None),
        ("", None),
    ],
)
def test_timing_lines(line: str, wanted: tuple[float, float] | None) -> None:
    assert cue_times(line) == wanted


@CHEAP
@given(st.lists(CUES, max_size=6), st.integers(0, 45_000_000), st.sampled_from(["\n", "\r\n"]))
@example([(1_000, 2_000, ["the last frame"])], 1_000_400, "\n")
def test_every_published_cue_is_inside_the_film(
    made: list[tuple[int, int, list[str]]], microseconds: int, end: str
) -> None:
    """Also where the film ends between two milliseconds, which is all that a time can say."""
    seconds = microseconds / 1_000_000
    for start, stop, lines in cues(tidied(document(made, end), seconds)):
        assert start < stop <= seconds + 0.0005
        assert lines and all(line and line == line.strip() for line in lines)


@CHEAP
@given(st.lists(CUES, max_size=6))
def test_nothing_is_marked_up_but_bold_italic_and_underlined(made: list[tuple[int, int, list[str]]]) -> None:
    for _, _, lines in cues(tidied(document(made), 40)):
        for line in lines:
            assert "-->" not in line
            assert "<" not in re.sub(r"</?[biu]>", "", line)


@CHEAP
@given(st.lists(CUES, max_size=6), st.floats(1, 40))
def test_what_is_tidy_stays(made: list[tuple[int, int, list[str]]], seconds: float) -> None:
    once = tidied(document(made), seconds)
    assert tidied(once, seconds) == once


@CHEAP
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5_000), st.integers(0, 99)), max_size=8))
def test_plain_words_lose_nothing(made: list[tuple[int, int, int]]) -> None:
    wanted = [(start, start + length, [f"word {n}"]) for start, length, n in made]
    found = [(round(a * 1000), round(b * 1000), lines) for a, b, lines in cues(tidied(document(wanted), 30))]
    assert found == wanted


@CHEAP
@given(st.text(max_size=200), st.floats(0, 100))
def test_no_text_breaks_it(text: str, seconds: float) -> None:
    cues(tidied(text, seconds))


def test_notes_styles_and_identifiers_are_left_out() -> None:
    text = (
        "WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE by --> me\n\nintro\n00:01.000 --> 00:02.000 line:0\nHi\n\n"
        "00:03.000 --> 00:02.000\nbackwards\n\n00:04.000 --> 00:09.000\n<c.loud>late</c>\n\n00:06.000 --> 00:07.000\nafter\n"
    )
    assert tidied(text, 5.0) == ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHi\n\n00:00:04.000 --> 00:00:05.000\nlate\n")
