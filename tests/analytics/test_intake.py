"""A topic in its table: each event once, whatever comes twice, dies in between, or works on it at the same time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from deploy.local import released
from libs.chassis.ids import new_id
from pipelines.analytics import quality
from pipelines.analytics.domain import REJECTED
from pipelines.analytics.seen import Ids, Kept, Seen, as_ids
from pipelines.analytics.service.exactly import headers_of
from pipelines.analytics.service.intake import TakenByAnother
from pipelines.analytics.tables import Lake, offsets
from tests.analytics.places import NOON, SESSIONS, Place, raw, record, started
from tests.analytics.test_people import account_changed

TABLE = "raw.playback_sessions"


def test_rows_and_where_they_end_are_one_commit(place: Place) -> None:
    events = [started() for _ in range(5)]
    intake = place.intake()
    intake.add([record(event, number, at=NOON + timedelta(days=number % 2)) for number, event in enumerate(events)])
    assert intake.flush() == 5
    assert intake.flush() == 0

    rows = place.rows(TABLE)
    assert {json.loads(row["data"])["session_id"] for row in rows} == {str(event.session_id) for event in events}
    assert {row["time"] for row in rows} == {NOON, NOON + timedelta(days=1)}
    assert place.intake().places == {0: 5}
    assert place.intake(epoch="second").places == {}


def test_what_comes_again_is_there_once(place: Place) -> None:
    """The outbox of a broker that lost its data tells the last days again, under other offsets; a day may be replayed by hand."""
    again = [record(started(), number, at=NOON + timedelta(days=number)) for number in range(4)]
    first = place.intake()
    first.add([*again, again[2]])
    assert first.flush() == 4
    first.add(again)
    assert first.flush() == 0
    other = place.intake(epoch="second")
    other.add([*again, record(started(), 4)])
    assert other.flush() == 1
    assert len(place.rows(TABLE)) == 5
    assert place.intake(epoch="second").places == {0: 5}


def test_of_more_days_than_fit_into_memory_each_event_is_there_once(place: Place) -> None:
    records = [record(started(), number, at=NOON + timedelta(days=number % 3)) for number in range(9)]
    intake = place.intake(most_ids=1)
    for part in (records[:5], records[:3], records[2:]):
        intake.add([*part, *part])
        intake.flush()
    assert len(place.rows(TABLE)) == 9


def test_topics_share_the_memory_for_ids_and_the_day_at_hand_stays() -> None:
    loaded: list[tuple[str, int]] = []

    def seen(topic: str, kept: Kept) -> Seen:
        def load(day: int) -> Ids:
            loaded.append((topic, day))
            return as_ids([str(UUID(int=number)) for number in range(4)])

        return Seen(topic, load, kept)

    kept = Kept(9)
    large, small = seen("large", kept), seen("small", kept)
    ids = as_ids([str(UUID(int=number)) for number in (3, 4)])
    days = np.array([1, 1])
    assert large.new(days, ids).tolist() == [False, True]
    assert small.new(days, ids).tolist() == [False, True]
    large.add(days[1:], ids[1:])
    assert large.new(days, ids).tolist() == [False, False]
    assert loaded == [("large", 1), ("small", 1)]  # both fit
    # Of three days the one that was not asked for longest goes.
    assert large.new(days + 1, ids).tolist() == [False, True]
    small.new(days, ids)
    assert loaded == [("large", 1), ("small", 1), ("large", 2), ("small", 1)]
    large.forget()
    small.new(days, ids)
    assert len(loaded) == 4


def test_of_two_sinks_one_commits_and_the_other_writes_nothing(place: Place) -> None:
    records = [record(started(), number) for number in range(6)]
    mine, others = place.intake(), place.intake()
    mine.add(records[:4])
    others.add(records[:3])
    assert mine.flush() == 4  # and made the table, which neither has seen before
    with pytest.raises(TakenByAnother):
        others.flush()
    assert others.open() == {0: 4}
    others.add(records[4:])
    assert others.flush() == 2
    # The first was frozen meanwhile, and wakes up with what it had read.
    mine.add(records[4:])
    with pytest.raises(TakenByAnother):
        mine.flush()
    assert len(place.rows(TABLE)) == 6


def test_a_commit_that_takes_nothing_in_is_in_nobodys_way(place: Place) -> None:
    intake = place.intake()
    intake.add([record(started(), 0)])
    intake.flush()
    table = place.lake().find(TABLE)
    assert table is not None
    table.append(table.scan().to_arrow().slice(0, 0))
    intake.add([record(started(), 1)])
    assert intake.flush() == 1
    table.refresh()
    assert offsets(table, "first") == {0: 2}


def test_what_breaks_its_contract_is_put_aside_with_its_reason_and_the_others_are_kept(place: Place) -> None:
    event = started()
    good = record(event, 0)
    headers = {name: value.decode() for name, value in headers_of(good).items()}
    body = json.loads(good.value() or b"")
    bad = [
        (headers, b"{"),
        (headers, b"[1]"),
        (headers, json.dumps({**body, "session_id": None}).encode()),
        (headers, json.dumps({name: body[name] for name in body if name != "title_id"}).encode()),
        (headers, json.dumps({**body, "account_id": 7}).encode()),
        ({**headers, "ce_type": "bijou.nobody.knows.v1"}, good.value()),
        ({**headers, "ce_id": "seven"}, good.value()),
        ({**headers, "ce_time": "noon"}, good.value()),
        ({**headers, "ce_time": "2026-11-20T12:00:00"}, good.value()),
        ({"ce_type": event.TYPE}, good.value()),
    ]
    intake = place.intake()
    intake.add([good, *(raw(SESSIONS, "k", value or b"", told, number) for number, (told, value) in enumerate(bad, 1))])
    assert intake.flush() == 1
    rejected = sorted(place.rows(REJECTED), key=lambda row: row["offset"])
    assert [row["offset"] for row in rejected] == list(range(1, len(bad) + 1))
    assert rejected[2]["reason"] == "session_id: uuid_type"
    assert place.intake().places == {0: len(bad) + 1}


def test_what_the_broker_let_go_before_it_was_taken_in_is_told(place: Place) -> None:
    """A sink that was away for longer than a topic is kept. Of a compacted topic that is as it should be."""
    account = account_changed(new_id())
    for event, gone in ((started(), 6), (account, 0)):
        topic = event.TOPIC.name
        before = quality.GONE.labels(topic)._value.get()
        first = place.intake(topic)
        first.add([record(event, 0), record(event, 1)])
        first.flush()
        assert quality.GONE.labels(topic)._value.get() == before
        again = place.intake(topic)
        again.add([record(event, 2)])
        again.add([record(event, 9), record(event, 10)])
        assert again.flush() == 3
        assert quality.GONE.labels(topic)._value.get() == before + gone


def test_a_reason_names_fields_and_nothing_that_an_event_chose(place: Place) -> None:
    """Reasons are labels of a metric, and lie in a table that nothing is sealed in."""
    account = account_changed(new_id(), *(new_id() for _ in range(3)))
    told = record(account, 0)
    body = json.loads(told.value() or b"")
    bad = []
    for number in range(3):
        profiles = [dict(profile) for profile in body["profiles"]]
        profiles[number]["maturity"] = "Iris"
        bad.append(json.dumps({**body, "profiles": profiles}).encode())
    card = {**released.sample_of("bijou.client.impression.v1"), "id": str(new_id())}
    bad += [json.dumps({**card, "experiments": {f"Iris {number}": "a"}}).encode() for number in range(3)]
    for topic, kind, values in (
        (account.TOPIC.name, account.TYPE, bad[:3]),
        ("events.client", "bijou.client.impression.v1", bad[3:]),
    ):
        intake = place.intake(topic)
        headers = {"ce_type": kind, "ce_time": NOON.isoformat(), "ce_source": "/bijou/test"}
        intake.add(
            [raw(topic, "k", value, {**headers, "ce_id": str(new_id())}, number) for number, value in enumerate(values)]
        )
        assert intake.flush() == 0
    assert {row["reason"] for row in place.rows(REJECTED)} == {
        "profiles.*.maturity: int_parsing",
        "experiments.*.*: string_pattern_mismatch",
    }


def test_what_is_put_aside_at_the_same_moment_by_others_is_in_nobodys_way(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every topic's sink writes to the one table of what was put aside."""
    theirs = place.lake().raw(REJECTED)
    raw_table = Lake.raw
    looked: list[str] = []

    def looked_at_too_early(lake: Lake, name: str) -> Any:
        table = raw_table(lake, name)
        if name == REJECTED and not looked:
            looked.append(name)
            theirs.append(theirs.schema().as_arrow().empty_table())
        return table

    monkeypatch.setattr(Lake, "raw", looked_at_too_early)
    intake = place.intake()
    intake.add([record(started(), 0), raw(SESSIONS, "k", b"{", {"ce_type": "nobody's"}, 1)])
    assert intake.flush() == 1
    assert looked and [row["offset"] for row in place.rows(REJECTED)] == [1]


def test_an_event_of_no_usual_shape_is_kept_as_it_is(place: Place) -> None:
    """Of a producer that is newer than the lake, and of one that writes JSON, ids and times in another way."""
    event = started()
    good = record(event, 0)
    headers = {name: value.decode() for name, value in headers_of(good).items()}
    body = json.loads(good.value() or b"")
    tongue = {**body, "session_id": str(new_id()), "later": {"word": "Amélie \\ “quoted”", "list": [1, None, 1.5]}}
    hour = timedelta(hours=1)
    told = [
        (headers, json.dumps(tongue, indent=2, ensure_ascii=False).encode()),
        ({**headers, "ce_id": new_id().hex, "ce_time": (NOON + hour).isoformat()}, json.dumps(tongue).encode()),
        ({**headers, "ce_id": str(new_id()), "ce_time": "2026-11-20T10:00:00-01:00"}, good.value() or b""),
        ({**headers, "ce_id": str(new_id()).upper(), "ce_time": "2026-11-20T12:00:00.1234567Z"}, good.value() or b""),
        ({**headers, "ce_id": str(new_id()), "ce_time": "2026-11-31T12:00:00Z"}, good.value() or b""),
        ({**headers, "ce_id": str(new_id())}, (good.value() or b"").replace(b"trailer", b"tr\xffler")),
    ]
    intake = place.intake()
    intake.add([raw(SESSIONS, "k", value, each, number) for number, (each, value) in enumerate(told)])
    assert intake.flush() == 4
    assert [row["offset"] for row in sorted(place.rows(REJECTED), key=lambda row: row["offset"])] == [4, 5]
    rows = sorted(place.rows(TABLE), key=lambda row: row["offset"])
    assert [row["time"] for row in rows] == [NOON, NOON + hour, NOON - hour, NOON + timedelta(microseconds=123_456)]
    for row in rows[:2]:
        assert json.loads(row["data"]).items() >= {"session_id": tongue["session_id"], "later": tongue["later"]}.items()
    # The same again, by others' clocks an hour off: whose time moved within its day is known by its id.
    other = place.intake(epoch="second")
    hours = [{**each, "ce_time": (NOON + hour).isoformat()} for each, _ in told[:4]]
    other.add([raw(SESSIONS, "k", good.value() or b"", each, number) for number, each in enumerate(hours)])
    assert other.flush() == 0


def test_columns_are_added_and_older_rows_have_no_value_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of the version before this one, which knew fewer columns."""
    from pipelines.analytics import tables

    whole = tables.RAW_SCHEMA
    older = Schema(*(field for field in whole.fields if field.name not in ("source", "published_at")))
    monkeypatch.setattr(tables, "RAW_SCHEMA", older)
    lake: Lake = place.lake()
    row = {field.name: value for field, value in zip(older.fields, OLD_ROW, strict=True)}
    lake.raw(TABLE).append(pa.Table.from_pylist([row], schema=schema_to_pyarrow(older, include_field_ids=False)))
    monkeypatch.setattr(tables, "RAW_SCHEMA", whole)
    intake = place.intake()
    intake.add([record(started(), 1)])
    assert intake.flush() == 1
    assert sorted(str(row["source"]) for row in place.rows(TABLE)) == ["/bijou/test", "None"]


OLD_ROW = (str(new_id()), "t", NOON, "k", 0, 0, "first", NOON, "{}")
