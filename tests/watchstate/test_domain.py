"""The rules of watching, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.ids import new_id
from services.watchstate.domain import (
    Playable,
    Position,
    Title,
    Update,
    continue_watching,
    is_completed,
    is_started,
    newest,
    next_step,
    on_our_clock,
    reordered,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPISODES = tuple(
    Playable(id=new_id(), name=f"E{n}", season_number=1, episode_number=n, duration=600) for n in (1, 2, 3)
)
SERIES = Title(id=new_id(), type="series", name="Signal Rock", playables=EPISODES)
FILM = Title(id=new_id(), type="movie", name="Moss", playables=(Playable(id=new_id(), name="Moss", duration=30),))


def at(title: Title, episode: int, position: float, *, minute: int = 0, duration: float = 600) -> Position:
    playable = title.playables[episode - 1]
    done = is_completed(position, duration, None)
    return Position(title.id, playable.id, position, duration, done, NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("position", "duration", "credits", "ended", "expected"),
    [
        (569, 600, None, False, False),
        (570, 600, None, False, True),
        (540, 600, 530, False, True),
        (529, 600, 530, False, False),
        (10, 600, None, True, True),
        (0, 0, None, False, False),
    ],
)
def test_seen_is_95_percent_the_credits_or_the_end(
    position: float, duration: float, credits: float | None, ended: bool, expected: bool
) -> None:
    assert is_completed(position, duration, credits, ended=ended) is expected


@pytest.mark.parametrize(
    ("position", "duration", "expected"),
    [(30, 6000, False), (31, 6000, True), (1.5, 30, False), (1.6, 30, True), (31, 0, True)],
)
def test_started_is_30_seconds_or_5_percent_of_a_short_clip(position: float, duration: float, expected: bool) -> None:
    assert is_started(position, duration) is expected


def step(title: Title, *positions: Position) -> tuple[int, float, bool] | None:
    found = next_step(title, positions)
    return (title.playables.index(found.playable) + 1, found.position, found.completed) if found else None


def test_where_a_series_goes_on() -> None:
    assert step(SERIES) is None
    assert step(SERIES, at(SERIES, 1, 100)) == (1, 100, False)
    assert step(SERIES, at(SERIES, 1, 590)) == (2, 0, False), "the next episode after a finished one"
    assert step(SERIES, at(SERIES, 1, 590), at(SERIES, 2, 5, minute=1)) == (2, 5, False), (
        "a glance does not move it back"
    )
    assert step(SERIES, at(SERIES, 2, 200), at(SERIES, 1, 590, minute=1)) == (2, 200, False)
    assert step(SERIES, at(SERIES, 2, 590), at(SERIES, 1, 590, minute=1)) == (3, 0, False), "what was seen is skipped"
    assert step(SERIES, at(SERIES, 3, 590)) == (1, 0, True), "after the last one it begins again"
    assert step(SERIES, at(SERIES, 1, 5)) == (1, 5, False)
    stranger = Position(SERIES.id, new_id(), 100, 600, False, NOON)
    assert step(SERIES, stranger) is None, "an episode that cannot be played any more"


WITH_SPECIALS = Title(
    id=new_id(),
    type="series",
    name="Signal Rock",
    playables=(
        *(Playable(id=new_id(), name=f"Special {n}", season_number=0, episode_number=n) for n in (1, 2)),
        *(Playable(id=new_id(), name=f"E{n}", season_number=1, episode_number=n) for n in (1, 2)),
    ),
)


def seen(title: Title, episode: int, *, minute: int, times: int = 1) -> Position:
    return replace(at(title, episode, 590, minute=minute), completions=times)


def test_specials_are_no_part_of_the_series_order() -> None:
    assert step(WITH_SPECIALS, seen(WITH_SPECIALS, 1, minute=0)) == (2, 0, False), "a special leads to the next special"
    assert step(WITH_SPECIALS, seen(WITH_SPECIALS, 3, minute=0)) == (4, 0, False)
    finale = [seen(WITH_SPECIALS, 3, minute=0), seen(WITH_SPECIALS, 4, minute=1)]
    assert step(WITH_SPECIALS, *finale) == (3, 0, True), "no special after the finale, and no special at the beginning"
    middle = [seen(WITH_SPECIALS, 3, minute=0), seen(WITH_SPECIALS, 2, minute=1)]
    assert step(WITH_SPECIALS, *middle) == (4, 0, False), "after the last special the series goes on"
    aside = [at(WITH_SPECIALS, 3, 200), seen(WITH_SPECIALS, 2, minute=1)]
    assert step(WITH_SPECIALS, *aside) == (3, 200, False)


def test_whoever_watches_a_series_again_goes_on_in_order() -> None:
    all_seen = [seen(SERIES, n, minute=n) for n in (1, 2, 3)]
    again = [seen(SERIES, 1, minute=9, times=2), *all_seen[1:]]
    assert step(SERIES, *again) == (2, 0, False)
    assert step(SERIES, seen(SERIES, 2, minute=1), seen(SERIES, 1, minute=2)) == (3, 0, False), (
        "not in order is not again"
    )
    twice = [seen(SERIES, n, minute=9 + n, times=2) for n in (1, 2, 3)]
    assert step(SERIES, *twice) == (1, 0, True)
    before_the_count = at(SERIES, 1, 590)
    assert step(SERIES, before_the_count, seen(SERIES, 2, minute=-1)) == (3, 0, False)


def test_continue_watching_is_newest_first_without_the_seen_and_the_removed() -> None:
    titles = {SERIES.id: SERIES, FILM.id: FILM}
    film = at(FILM, 1, 10, minute=5, duration=30)
    series = at(SERIES, 1, 590)
    assert [item.title.name for item in continue_watching(titles, [series, film], {})] == ["Moss", "Signal Rock"]
    assert continue_watching(titles, [at(FILM, 1, 29.5, duration=30)], {}) == []
    assert continue_watching(titles, [at(FILM, 1, 1, duration=30)], {}) == [], "a glance"
    removed = {FILM.id: NOON + timedelta(minutes=5)}
    assert continue_watching(titles, [film], removed) == []
    assert len(continue_watching(titles, [at(FILM, 1, 11, minute=6, duration=30)], removed)) == 1, "watched again"


updates = st.builds(
    Update,
    profile_id=st.just(UUID(int=1)),
    account_id=st.just(UUID(int=2)),
    title_id=st.just(UUID(int=3)),
    playable_id=st.sampled_from([UUID(int=4), UUID(int=5)]),
    position=st.floats(0, 600),
    duration=st.just(600.0),
    occurred_at=st.sampled_from([NOON + timedelta(seconds=n) for n in range(3)]),
    writer=st.sampled_from([UUID(int=6), UUID(int=7)]),
    seq=st.integers(0, 3),
)


@given(st.lists(updates, unique_by=lambda update: (update.playable_id, update.order)), st.randoms())
def test_who_wins_does_not_depend_on_the_order_of_arrival(batch: list[Update], random: object) -> None:
    shuffled = list(batch)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert newest(batch) == newest(shuffled)


def clock(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("told", "sent_at", "expected"),
    [
        ([(1, -60)], None, [-60]),
        ([(1, 60)], None, [0]),
        ([(1, -3660)], -3600, [-60]),
        ([(1, 3540)], 3600, [-60]),
        ([(1, 3700)], 3600, [0]),
        ([(2, -50), (1, -60)], 0, [-50, -60]),
        ([(1, -10), (2, -3600)], -3590, [0, 0]),
    ],
    ids=["no word of the clock", "the future", "slow", "fast", "after its sending", "any order", "set back on the way"],
)
def test_a_devices_moments_on_our_clock(
    told: list[tuple[int, float]], sent_at: float | None, expected: list[float]
) -> None:
    found = on_our_clock(
        [(seq, clock(moment)) for seq, moment in told], None if sent_at is None else clock(sent_at), NOON
    )
    assert found == [clock(moment) for moment in expected]


@given(st.floats(-1e6, 1e6), st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_a_clock_that_is_off_is_corrected_whatever_its_error(error: float, ages: list[float]) -> None:
    ages.sort(reverse=True)
    told = [(seq, clock(error - age)) for seq, age in enumerate(ages)]
    found = on_our_clock(told, clock(error), NOON)
    assert all(abs((moment - clock(-age)).total_seconds()) < 1e-3 for moment, age in zip(found, ages, strict=True))


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 12)))
def test_reordering_keeps_every_title_once(present: list[int], wanted: list[int]) -> None:
    before = [UUID(int=n) for n in present]
    order = reordered(before, [UUID(int=n) for n in wanted])
    assert sorted(order) == sorted(before)
    named = [item for item in dict.fromkeys(UUID(int=n) for n in wanted) if item in before]
    assert order[: len(named)] == named
    assert order[len(named) :] == [item for item in before if item not in named]
