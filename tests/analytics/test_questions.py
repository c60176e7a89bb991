"""The ready questions and the daily jobs, over two weeks that can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pipelines.analytics.domain import days_kept
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service import jobs, maintenance
from pipelines.analytics.service.questions import questions
from tests.analytics.fortnight import ANSWERS, an_id, viewing
from tests.analytics.places import NOON, Place, ended, record, started


@pytest.fixture(scope="module")
def duck(two_weeks: Place) -> Iterator[Duck]:
    with Duck(two_weeks.lake()) as made:
        yield made


def test_every_question_has_an_answer_that_was_counted_by_hand() -> None:
    assert set(ANSWERS) == set(questions())


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_what_it_answers(duck: Duck, name: str) -> None:
    rows = [tuple(row.values()) for row in duck.ask(questions()[name].sql).to_pylist()]
    assert rows == ANSWERS[name]


def test_people_are_sealed_and_the_same_person_is_the_same_everywhere(duck: Duck) -> None:
    rows = duck.connection.execute(
        "SELECT v.account_id, c.account_id FROM lake.views v JOIN lake.charges c ON c.account_id = v.account_id"
    ).fetchall()
    assert rows and all(one.startswith("sealed:") and one == other for one, other in rows)
    (raw,) = duck.connection.execute("SELECT string_agg(data || key, ' ') FROM raw.playback_sessions").fetchone() or (
        "",
    )
    assert str(an_id("session")) not in raw and str(an_id("account A")) not in raw and str(an_id("v1")) in raw


def test_a_day_that_gets_late_rows_is_made_again_and_no_other(place: Place) -> None:
    intake, lake, repository = place.intake(), place.lake(), place.repository()
    start = started(started_at=NOON)
    intake.add([record(start, 0, at=NOON)])
    intake.flush()
    with Duck(lake) as duck:
        # The day itself, and the two before it whose sessions might have ended on it.
        assert jobs.run_due(lake, repository, duck, NOON) == 3
        assert jobs.run_due(lake, repository, duck, NOON) == 0
        assert duck.ask("SELECT end_reason FROM lake.sessions").to_pylist() == [{"end_reason": None}]
        over = ended(start, 3600)
        intake.add([record(over, 1, at=over.ended_at)])
        intake.flush()
        duck.refresh()
        assert jobs.run_due(lake, repository, duck, NOON) == 3
        assert duck.ask("SELECT day, end_reason FROM lake.sessions").to_pylist() == [
            {"day": NOON.date(), "end_reason": "ended"}
        ]


def test_days_that_nobody_ran_are_caught_up(place: Place) -> None:
    events = [
        event for number in (0, 3) for event in viewing(f"late {number}", "A", NOON + timedelta(days=number), "T", 90)
    ]
    views = [(event, at) for event, at in events if event.TOPIC.name == "events.views"]
    intake, lake = place.intake("events.views"), place.lake()
    intake.add([record(event, number, at=at) for number, (event, at) in enumerate(views)])
    intake.flush()
    with Duck(lake) as duck:
        jobs.run_due(lake, place.repository(), duck, NOON + timedelta(days=9))
        found = duck.ask("SELECT day, watched_seconds FROM lake.daily_titles ORDER BY day").to_pylist()
    assert [row["day"] for row in found] == [NOON.date(), NOON.date() + timedelta(days=3)]
    assert [float(row["watched_seconds"]) for row in found] == [90.0, 90.0]


def test_of_a_day_whose_raw_rows_went_in_part_nothing_is_made_anew(place: Place) -> None:
    intake, lake, repository = place.intake(), place.lake(), place.repository()
    start = started(started_at=NOON)
    over = ended(start, 86_400)
    intake.add([record(start, 0, at=NOON), record(over, 1, at=over.ended_at)])
    intake.flush()
    later = NOON + timedelta(days=days_kept("raw.playback_sessions") + 1)
    with Duck(lake) as duck:
        jobs.run_due(lake, repository, duck, NOON)
        raw = lake.find("raw.playback_sessions")
        assert raw is not None and maintenance.retain(raw, "raw.playback_sessions", later) == 1
        duck.refresh()
        jobs.run_due(lake, repository, duck, later)
        assert duck.ask("SELECT day, end_reason FROM lake.sessions").to_pylist() == [
            {"day": NOON.date(), "end_reason": "ended"}
        ]


def test_of_a_view_that_was_told_twice_the_newest_counts(duck: Duck) -> None:
    (row,) = duck.ask(f"SELECT revision, watched_media FROM lake.views WHERE session_id = '{an_id('v1')}'").to_pylist()
    assert row == {"revision": 2, "watched_media": 1200.0}
