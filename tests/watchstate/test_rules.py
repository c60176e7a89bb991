"""Where a title goes on, against a second telling of the rules: slow, in small steps, and written by somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.chassis.ids import new_id
from services.watchstate.domain import (
    Playable,
    Position,
    Step,
    Title,
    continue_watching,
    is_completed,
    is_started,
    next_step,
    on_our_clock,
    reordered,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHEAP = settings(deadline=None, max_examples=100)
PLACES = [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 1)]


def series(places: list[tuple[int, int]]) -> Title:
    playables = tuple(Playable(new_id(), f"{s}.{n}", s, n, duration=600) for s, n in sorted(places))
    return Title(new_id(), "series", "Signal Rock", playables=playables)


@st.composite
def watched(draw: st.DrawFn) -> tuple[Title, list[Position]]:
    """A series, and what somebody saw of it, at different moments."""
    title = series(draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=6, unique=True)))
    chosen = draw(st.lists(st.sampled_from(title.playables), max_size=6, unique=True))
    minutes = draw(st.permutations(range(len(chosen))))
    found = []
    for playable, minute in zip(chosen, minutes, strict=True):
        position = draw(st.sampled_from([1.0, 100.0, 590.0, 590.0]))
        done = is_completed(position, 600, None)
        times = draw(st.integers(1, 3)) if done else draw(st.integers(0, 2))
        found.append(Position(title.id, playable.id, position, 600, done, NOON + timedelta(minutes=minute), times))
    return title, found


def told(title: Title, positions: list[Position], *, glances: bool) -> tuple[str, float, bool] | None:
    """The rules once more: name of the playable, position, whether it is the beginning again."""
    real = [p for p in positions if p.completed or p.position > 30]
    pool = real or (positions if glances else [])
    if not pool:
        return None
    names = {item.id: item.name for item in title.playables}
    special = {item.id: item.season_number == 0 for item in title.playables}
    pool = sorted(pool, key=lambda p: p.occurred_at, reverse=True)
    tries = [pool[0]]
    if special[pool[0].playable_id]:
        tries += [p for p in pool if not special[p.playable_id]][:1]
    for last in tries:
        if not last.completed:
            return names[last.playable_id], last.position, False
        passed = False
        for item in title.playables:
            if item.id == last.playable_id:
                passed = True
                continue
            if not passed or special[item.id] != special[last.playable_id]:
                continue
            mine = next((p for p in positions if p.playable_id == item.id), None)
            if mine is None:
                return item.name, 0, False
            if not mine.completed:
                return item.name, mine.position, False
            if max(1, mine.completions) < max(1, last.completions):
                return item.name, 0, False
    beginning = [item for item in title.playables if not special[item.id]] or list(title.playables)
    return beginning[0].name, 0, True


def as_told(step: Step | None) -> tuple[str, float, bool] | None:
    return (step.playable.name, step.position, step.completed) if step else None


@CHEAP
@given(watched(), st.booleans())
def test_a_series_goes_on_as_the_rules_say(case: tuple[Title, list[Position]], glances: bool) -> None:
    title, positions = case
    step = next_step(title, positions, glances=glances)
    assert as_told(step) == told(title, positions, glances=glances)
    if step is not None:
        counted = [p for p in positions if p.counts] or positions
        assert step.updated_at == max(p.occurred_at for p in counted)


@CHEAP
@given(watched(), st.randoms())
def test_the_order_in_which_rows_come_decides_nothing(case: tuple[Title, list[Position]], random: object) -> None:
    title, positions = case
    mixed = list(positions)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    strangers = [Position(title.id, new_id(), 100, 600, False, NOON + timedelta(days=1))]
    assert next_step(title, mixed + strangers) == next_step(title, positions)


@CHEAP
@given(st.lists(watched(), max_size=4), st.data())
def test_continue_watching_holds_what_is_in_the_middle(
    cases: list[tuple[Title, list[Position]]], data: st.DataObject
) -> None:
    titles = {title.id: title for title, _ in cases if data.draw(st.booleans())}
    removed: dict[UUID, datetime] = {}
    wanted: list[tuple[datetime, UUID]] = []
    for title, positions in cases:
        step = next_step(title, positions, glances=False)
        if step is None:
            continue
        minutes = data.draw(st.sampled_from([None, -1, 0, 1]))
        if minutes is not None:
            removed[title.id] = step.updated_at + timedelta(minutes=minutes)
        if title.id in titles and not step.completed and (minutes is None or minutes < 0):
            wanted.append((step.updated_at, title.id))
    found = continue_watching(titles, [p for _, positions in cases for p in positions], removed)
    assert [(step.updated_at, step.title.id) for step in found] == sorted(wanted, reverse=True)


def test_whoever_watches_all_of_it_in_order_is_led_from_one_to_the_next() -> None:
    """Twice over, and never to a special."""
    title = series(PLACES)
    episodes = [item for item in title.playables if item.season_number]
    positions: dict[UUID, Position] = {}
    for turn in (1, 2, 3):
        for place, item in enumerate(episodes):
            at = NOON + timedelta(hours=turn * 100 + place)
            positions[item.id] = Position(title.id, item.id, 600, 600, True, at, turn)
            step = next_step(title, positions.values())
            assert step is not None
            last = place + 1 == len(episodes)
            assert (step.playable, step.completed) == (episodes[0 if last else place + 1], last)


@CHEAP
@given(st.floats(0, 20_000), st.floats(0, 20_000), st.none() | st.floats(0, 20_000))
def test_whoever_goes_on_does_not_unsee(position: float, duration: float, credits: float | None) -> None:
    if is_completed(position, duration, credits):
        assert is_completed(position + 1, duration, credits)
    if is_started(position, duration):
        assert is_started(position + 1, duration)
    assert is_completed(position, duration, credits, ended=True)
    assert duration == 0 or is_completed(duration, duration, credits)


@CHEAP
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(-5_000, 5_000)), max_size=8),
    st.none() | st.integers(-90_000, 90_000),
)
def test_moments_on_our_clock_are_past_and_in_sequence(told_: list[tuple[int, int]], error: int | None) -> None:
    told = [(seq, NOON + timedelta(seconds=at)) for seq, at in told_]
    sent_at = None if error is None else NOON + timedelta(seconds=error)
    ours = on_our_clock(told, sent_at, NOON)
    assert len(ours) == len(told)
    assert all(moment <= NOON for moment in ours)
    in_sequence = [moment for _, moment in sorted(zip([seq for seq, _ in told], ours, strict=True))]
    assert in_sequence == sorted(in_sequence)
    # The same batch from the same device with a clock that is off by a year tells the same.
    year = timedelta(days=365)
    if sent_at is not None:
        assert on_our_clock([(seq, at + year) for seq, at in told], sent_at + year, NOON) == ours
    # And later by a minute, everything happened a minute later: the age of each is what counts.
    later = on_our_clock(told, sent_at, NOON + timedelta(minutes=1))
    if sent_at is not None:
        assert later == [moment + timedelta(minutes=1) for moment in ours]


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 12)))
def test_an_order_is_taken_as_far_as_it_goes(present: list[int], wanted: list[int]) -> None:
    ids = [UUID(int=n) for n in range(13)]
    found = [item.int for item in reordered([ids[n] for n in present], [ids[n] for n in wanted])]
    named = [n for n in dict.fromkeys(wanted) if n in present]
    assert found[: len(named)] == named
    assert found[len(named) :] == [n for n in present if n not in named]
    again = reordered([ids[n] for n in found], [ids[n] for n in wanted])
    assert [item.int for item in again] == found


AGES = st.sampled_from([0, 7, 12, 16, 18])
DAYS = st.none() | st.integers(-2, 2)
SPANS = st.lists(st.tuples(st.sampled_from([[], ["DE"], ["US", "DE"], ["US"]]), DAYS, DAYS), max_size=3)


@CHEAP
@given(st.sampled_from(["published", "draft", "unpublished"]), AGES, AGES, SPANS)
def test_what_may_be_seen(
    status: str, needed: int, allowed: int, spans: list[tuple[list[str], int | None, int | None]]
) -> None:
    def day(number: int | None) -> str | None:
        return None if number is None else (NOON + timedelta(days=number)).isoformat()

    windows = tuple({"regions": regions, "starts_at": day(start), "ends_at": day(end)} for regions, start, end in spans)
    title = Title(new_id(), "movie", "Moss", status=status, maturity=needed, windows=windows)
    open_now = not spans or any(
        "DE" in (regions or ["DE"]) and (start is None or start <= 0) and (end is None or end > 0)
        for regions, start, end in spans
    )
    assert title.visible("DE", allowed, NOON) == (status == "published" and needed <= allowed and open_now)
