"""Who is served next, simulated: films of any length, workers of any number, and what is promised to each of them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transcode.domain import LITTLE, SHARING, SOON, Waiting, turns

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class Film:
    """A film that takes `left` steps of `cost` seconds each."""

    waiting: Waiting
    left: int
    cost: float
    ended: float | None = None

    @property
    def work(self) -> float:
        return self.left * self.cost


def film(number: int, steps: int, cost: float = 10.0, at: float = 0.0, **more: object) -> Film:
    arrived = NOW + timedelta(seconds=at)
    waiting = Waiting(UUID(int=number), arrived, int(steps * cost * 1000), **more)  # type: ignore[arg-type]
    return Film(waiting, steps, cost)


def simulate(films: list[Film], slots: int = 1, spares: int = 0) -> dict[int, float]:
    """Let workers do everything; return when each film ended, in seconds."""
    by_id = {one.waiting.asset_id: one for one in films}
    arrivals = sorted({(one.waiting.arrived - NOW).total_seconds() for one in films})
    idle = {False: slots, True: spares}
    events: list[tuple[float, int, UUID | None, bool]] = [(at, -1, None, False) for at in arrivals]
    heapq.heapify(events)
    serial = 0
    while events:
        now, _, done, spare = heapq.heappop(events)
        if done is not None:
            one = by_id[done]
            one.waiting = replace(one.waiting, in_hand=one.waiting.in_hand - 1)
            idle[spare] += 1
            if one.left == 0 and one.waiting.in_hand == 0:
                one.ended = now
        for kind in (False, True):
            while idle[kind]:
                there = [
                    one.waiting for one in films if one.left and one.waiting.arrived <= NOW + timedelta(seconds=now)
                ]
                chosen = turns(there, NOW + timedelta(seconds=now), spare=kind)
                if not chosen:
                    break
                one = by_id[chosen[0].asset_id]
                one.left -= 1
                one.waiting = replace(
                    one.waiting,
                    start=chosen[0].start,
                    worked=one.waiting.worked + one.cost,
                    in_hand=one.waiting.in_hand + 1,
                )
                idle[kind] -= 1
                serial += 1
                heapq.heappush(events, (now + one.cost, serial, one.waiting.asset_id, kind))
    return {one.waiting.asset_id.int: one.ended for one in films if one.ended is not None}


def test_a_clip_does_not_wait_for_a_film_of_hours() -> None:
    ended = simulate([film(1, 600), film(2, 4, 1.0, at=1000)], spares=1)
    assert ended[2] == 1004
    assert ended[1] == 6000
    # Also where there is no spare slot it gets every other step.
    ended = simulate([film(1, 600), film(2, 4, 1.0, at=1001)])
    assert ended[2] - 1001 <= 5 * 10
    assert ended[1] == 6004


@given(st.integers(2, SHARING), st.integers(20, 60), st.integers(1, 4))
def test_equal_films_share(number: int, steps: int, slots: int) -> None:
    ended = simulate([film(n, steps) for n in range(number)], slots)
    assert max(ended.values()) - min(ended.values()) <= 10.0 * number


def test_who_comes_later_shares_from_then_on() -> None:
    """And does not first catch up with what the other has had, nor wait until the other is done."""
    ended = simulate([film(1, 100), film(2, 20, at=500)])
    assert 500 + 2 * 200 - 20 <= ended[2] <= 500 + 2 * 200 + 20
    assert ended[1] == 1200


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.sampled_from([1.0, 5.0, 30.0]), st.floats(0, 2000)), min_size=1, max_size=30
    ),
    st.integers(1, 3),
    st.integers(0, 1),
)
def test_nobody_starves(others: list[tuple[int, float, float]], slots: int, spares: int) -> None:
    """The first to arrive is done when its share of the slots has done it, whoever comes after it."""
    first = film(0, 50, 10.0)
    films = [first, *(film(n + 1, steps, cost, at) for n, (steps, cost, at) in enumerate(others))]
    alone, longest = first.work, max(one.cost for one in films)
    ended = simulate(films, slots, spares)
    assert len(ended) == len(films), "everything ends"
    assert ended[0] <= (alone + (50 + 2) * longest) * SHARING


def test_a_release_that_is_due_comes_first_and_soonest() -> None:
    def due(hours: float) -> datetime:
        return NOW + timedelta(hours=hours)

    films = [
        film(1, 30),
        film(2, 30, release_at=due(20)),
        film(3, 30, release_at=due(2)),
        film(4, 30, release_at=NOW + SOON + timedelta(days=30)),
    ]
    ended = simulate(films)
    assert ended[3] == 300
    assert ended[2] == 600
    assert min(ended[1], ended[4]) > 900, "those that are not due share"


def test_of_many_films_a_few_are_in_work() -> None:
    """A library that arrives at once is done film by film, not all of it at the very end."""
    ended = simulate([film(n, 10, at=n * 0.001) for n in range(5 * SHARING)])
    assert sorted(ended.values())[SHARING - 1] <= SHARING * 110
    assert sorted(ended, key=lambda n: ended[n]) == pytest.approx(range(5 * SHARING), abs=SHARING)


def test_the_spare_slot_takes_small_masters_first_and_none_for_long() -> None:
    waiting = [Waiting(UUID(int=n), NOW, length=100 - n, start=0.0, worked=5.0) for n in range(3)]
    assert [turn.asset_id.int for turn in turns(waiting, NOW, spare=True)] == [2, 1, 0]
    assert turns([replace(waiting[0], in_hand=1)], NOW, spare=True) == []
    assert turns([replace(waiting[0], worked=LITTLE)], NOW, spare=True) == []


def test_who_has_had_half_a_minute_gives_way_unless_its_release_is_due() -> None:
    fresh = Waiting(UUID(int=1), NOW, length=1)
    long, due = (replace(fresh, asset_id=UUID(int=n), start=0.0, worked=LITTLE) for n in (2, 3))
    due = replace(due, release_at=NOW + SOON / 2)
    assert {turn.asset_id.int: turn.gives_way for turn in turns([fresh, long, due], NOW)} == {
        1: False,
        2: True,
        3: False,
    }
