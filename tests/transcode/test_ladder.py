"""Sizes, rates and levels."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transcode.media.ladder import RATES, frame_rate, gop, ladder, level
from pipelines.transcode.media.source import Picture


def sizes(width: int, height: int, top: int = 1080) -> list[tuple[int, int]]:
    picture = Picture(0, "h264", width, height, (Fraction(25),))
    return [(rung.width, rung.height) for rung in ladder(picture, Fraction(25), top)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ((1920, 1080), [(1920, 1080), (1280, 720), (854, 480), (426, 240)]),
        ((3840, 2160), [(1920, 1080), (1280, 720), (854, 480), (426, 240)]),
        ((1280, 720), [(1280, 720), (854, 480), (426, 240)]),
        ((854, 480), [(854, 480), (640, 360), (428, 240)]),
        ((1920, 800), [(1920, 800), (1280, 534), (854, 356), (428, 178)]),
        ((320, 180), [(320, 180)]),
        ((1080, 1920), [(1080, 1920), (720, 1280), (480, 854), (240, 426)]),
    ],
)
def test_sizes(source: tuple[int, int], wanted: list[tuple[int, int]]) -> None:
    assert sizes(*source) == wanted


def test_an_upright_picture_is_called_and_limited_as_the_same_one_on_its_side() -> None:
    upright, lying = (Picture(0, "h264", *size, (Fraction(25),)) for size in ((1080, 1920), (1920, 1080)))
    names = [[rung.name for rung in ladder(picture, Fraction(25))] for picture in (upright, lying)]
    assert names == [["v1080", "v720", "v480", "v240"]] * 2


@settings(deadline=None)
@given(st.integers(64, 8192), st.integers(64, 8192), st.sampled_from(RATES))
def test_any_picture_has_a_ladder(width: int, height: int, rate: Fraction) -> None:
    if max(width, height) > 8 * min(width, height):
        return
    rungs = ladder(Picture(0, "h264", width, height, (rate,)), rate)
    assert 1 <= len(rungs) <= 5
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width <= width + 1
        assert rung.height <= height + 1
    for sides in ([rung.height for rung in rungs], [rung.lines for rung in rungs]):
        assert sides == sorted(set(sides), reverse=True)


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        (Fraction(24), Fraction(24)),
        (Fraction(24000, 1001), Fraction(24000, 1001)),
        (Fraction(23976, 1000), Fraction(24000, 1001)),
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (Fraction(18), Fraction(18)),
        (Fraction(17), Fraction(18)),
        (Fraction(120), Fraction(60)),
        (Fraction(1), Fraction(10)),
    ],
)
def test_frame_rate(rate: Fraction, wanted: Fraction) -> None:
    assert frame_rate(rate) == wanted


@pytest.mark.parametrize("rate", RATES)
def test_groups_of_pictures_last_two_seconds(rate: Fraction) -> None:
    assert abs(gop(rate) / rate - 2) < Fraction(1, 100)


@pytest.mark.parametrize(
    ("picture", "wanted"),
    [((1920, 1080, 30), 40), ((1920, 1080, 60), 42), ((1280, 720, 30), 31), ((854, 480, 25), 30), ((426, 240, 25), 21)],
)
def test_level(picture: tuple[int, int, int], wanted: int) -> None:
    width, height, rate = picture
    assert level(width, height, Fraction(rate), 1_000_000) == wanted
