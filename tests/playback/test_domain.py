from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.playback import domain


@pytest.mark.parametrize(
    ("heights", "plan", "device", "expected"),
    [
        ([360, 720, 1080], 1080, None, 1080),
        ([360, 720, 1080], 720, None, 720),
        ([360, 720, 1080], 1000, None, 720),
        ([360, 720, 1080], 2160, 480, 360),
        ([360, 720, 1080], 2160, 200, 360),
        ([1080], 720, None, None),
        ([], 720, None, 720),
        ([], 0, None, None),
    ],
)
def test_cap(heights: list[int], plan: int, device: int | None, expected: int | None) -> None:
    assert domain.cap(heights, plan, device) == expected


@given(
    st.lists(st.integers(100, 4320), unique=True).map(sorted),
    st.integers(0, 4320),
    st.none() | st.integers(1, 4320),
)
def test_cap_never_exceeds_the_plan(heights: list[int], plan: int, device: int | None) -> None:
    found = domain.cap(heights, plan, device)
    assert found is None or found <= plan
    assert found is None or not heights or found in heights


def test_the_first_closed_gate_names_the_refusal_and_the_decision_names_all() -> None:
    codes = {"window": "window_closed", "plan": "no_plan", "slot": None}
    assert domain.first_refusal(codes) == "no_plan"

    found = domain.decision(codes, max_height=None)

    assert found["allowed"] is False
    assert [gate["gate"] for gate in found["gates"]] == list(domain.GATES)
    assert [gate["code"] for gate in found["gates"] if not gate["ok"]] == ["no_plan", "window_closed"]
    assert domain.first_refusal({}) is None
    assert domain.decision({}, max_height=720)["allowed"] is True


def test_every_refusal_is_a_sentence_with_a_way_out() -> None:
    for code, kind in domain.REFUSALS.items():
        detail = kind().detail
        assert detail.endswith(".") and detail[0].isupper(), code
        assert detail.count(".") >= 2 or code in ("not_in_region", "streams_exceeded"), code
