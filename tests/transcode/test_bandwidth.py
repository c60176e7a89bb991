"""Declared bit rates are those of the bytes: the busiest stretch of half to one and a half segments, and all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transcode.media.bandwidth import Rates, rates

SEGMENTS = st.lists(st.tuples(st.integers(1, 10**7), st.floats(0.04, 8)), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("sizes", "durations", "wanted"),
    [
        ([1000, 1000], [4.0, 4.0], Rates(2000, 2000)),
        ([1000, 3000, 1000], [4.0, 4.0, 4.0], Rates(6000, 3334)),
        # The end of a film is dense but shorter than half a segment: it counts with the one before it.
        ([1000, 1000], [4.0, 1.0], Rates(3200, 3200)),
        ([1000, 2000], [4.0, 3.0], Rates(5334, 3429)),
        ([], [], Rates(0, 0)),
        ([1000], [0.0], Rates(0, 0)),
    ],
)
def test_peak_and_average(sizes: list[int], durations: list[float], wanted: Rates) -> None:
    assert rates(sizes, durations) == wanted


@given(SEGMENTS)
def test_a_peak_is_never_below_the_average(segments: list[tuple[int, float]]) -> None:
    found = rates([size for size, _ in segments], [seconds for _, seconds in segments])
    assert found.peak >= found.average > 0
    assert found.peak <= max(size * 8 / seconds for size, seconds in segments) + 1
