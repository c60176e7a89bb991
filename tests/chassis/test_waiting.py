"""What waits to be applied: people's own writes before a crowd, each key in its order, no position past what is not applied."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.nodes.tansu import Tansu
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import consumers, received
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.chassis.messaging.consumers import Batch, Consumer, Received
from libs.chassis.messaging.waiting import FEWEST_OF_A_CROWD, Waiting
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import eventually, note, title
from tests.chassis.records import raw

TOPIC = TitleChanged.TOPIC.name
MOST = 250
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def at(second: int, key: str, offset: int, partition: int = 0, *, crowd: bool = False) -> ConsumerRecord[bytes, bytes]:
    """A record of what was written at a second; `crowd` where its writer said so."""
    headers = {
        "ce_id": str(new_id()),
        "ce_type": TitleChanged.TYPE,
        "ce_time": (NOON + timedelta(seconds=second)).isoformat(),
        **({"ce_crowd": "1"} if crowd else {}),
    }
    return raw(TOPIC, key, b"{}", headers, offset, partition)


def key_of(record: ConsumerRecord[bytes, bytes]) -> tuple[int, Any]:
    return record.partition, record.key


def place(record: ConsumerRecord[bytes, bytes]) -> tuple[int, int]:
    return record.partition, record.offset


def offsets(records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[int]:
    return [record.offset for record in records]


P0, P1 = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


def test_a_crowd_waits_for_what_somebody_wrote_later_and_its_place_is_not_lost() -> None:
    crowd = [at(0, f"c{n}", n) for n in range(600)]
    here = Waiting()
    here.add(P0, crowd)
    assert offsets(first := here.take(MOST)) == list(range(MOST))
    assert here.done(first) == {P0: 250}
    here.add(P0, [at(1, "edit", 600), at(2, "c400", 601), at(3, "c10", 602)])
    assert offsets(edits := here.take(MOST)) == [400, 600, 601, 602], "with what waits of the same title"
    assert here.done(edits) == {P0: 250}, "a reader that starts anew has the rest of the crowd to do"
    rest = [*here.take(MOST), *here.take(MOST)]
    assert offsets(rest) == [n for n in range(250, 600) if n != 400]
    assert here.done(rest) == {P0: 603}
    assert len(here) == 0 and here.take(MOST) == []


def test_the_last_of_a_crowd_and_a_small_one_are_known_by_what_their_writer_says() -> None:
    for size in (1, 5, received.CROWD):
        here = Waiting()
        here.add(P0, [at(0, f"c{n}", n, crowd=True) for n in range(size)])
        here.add(P0, [at(1, "edit", size), at(2, "c0", size + 1)])
        assert offsets(here.take(MOST)) == [0, size, size + 1], "with what waits of the same title"
        assert offsets(here.take(MOST)) == list(range(1, size))
    here = Waiting()
    here.add(P0, [at(0, f"c{n}", n, crowd=True) for n in range(300)])
    here.take(MOST)
    here.add(P0, [at(1, "edit", 300)])
    assert offsets(here.take(MOST)) == [300], "fifty are left of it, and still a crowd"
    assert len(here.take(MOST)) == 50 and not here


def test_a_crowd_goes_on_while_there_is_always_something_else() -> None:
    here, left = Waiting(), []
    here.add(P0, [at(0, f"c{n}", n) for n in range(600)])
    for n in range(12):
        here.add(P0, [at(n + 1, f"edit{n}", 600 + n)])
        assert 600 + n in offsets(here.take(MOST)), "nobody's own write waits for it"
        left.append(len(here))
    assert left == [600 - 100 * (n // 2) for n in range(1, 13)]


def test_the_least_that_is_taken_of_a_crowd_is_seen_to_be_one() -> None:
    here = Waiting()
    here.add(P0, [at(0, f"c{n}", n) for n in range(600)])
    assert received.crowds(map(received.time_of, here.take(FEWEST_OF_A_CROWD)))


def test_many_writes_of_many_people_are_no_crowd() -> None:
    here = Waiting()
    here.add(P0, [at(n, f"k{n}", n) for n in range(600)])
    assert offsets(here.take(MOST)) == list(range(600))


def test_what_another_member_has_by_now_is_let_go_of() -> None:
    here = Waiting()
    here.add(P0, [at(0, f"a{n}", n) for n in range(100)])
    here.add(P1, [at(0, f"b{n}", n, 1) for n in range(100)])
    mine = here.take(MOST)
    here.keep({P1})
    assert here.done(mine) == {P1: 100}
    assert len(here) == 0
    here.add(P0, [at(5, "a3", 3)])  # it came back, from where the other one was
    assert here.done(here.take(MOST)) == {P0: 4}


def test_a_partition_that_begins_again_waits_once() -> None:
    here = Waiting()
    here.add(P0, [at(n, f"a{n}", n) for n in range(10)])
    here.add(P0, [at(n, f"a{n}", n) for n in range(4, 12)])
    assert offsets(here.take(MOST)) == list(range(4, 12))


Arriving = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 1), st.booleans()), min_size=1, max_size=60
)


@given(Arriving, st.integers(1, 4))
def test_every_record_once_each_key_in_order_and_no_position_too_far(
    told: list[tuple[int, int, int, bool]], many: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(received, "CROWD", many)
        here, taken = Waiting(), list[ConsumerRecord[bytes, bytes]]()
        arrived: dict[int, list[ConsumerRecord[bytes, bytes]]] = {0: [], 1: []}

        def apply() -> None:
            piece = here.take(many)
            taken.extend(piece)
            for partition, position in here.done(piece).items():
                applied = {record.offset for record in taken if record.partition == partition.partition}
                assert set(range(position)) <= applied
                assert position not in applied

        for second, key, partition, pause in told:
            record = at(second, f"{partition}:{key}", len(arrived[partition]), partition)
            arrived[partition].append(record)
            here.add(TopicPartition(TOPIC, partition), [record])
            if pause:
                apply()
        while len(here):
            apply()
    assert sorted(map(place, taken)) == sorted(place(record) for records in arrived.values() for record in records)
    for _, of_key in groupby(sorted(taken, key=key_of), key_of):
        found = offsets(list(of_key))
        assert found == sorted(found)


async def test_an_edit_is_applied_while_the_crowd_before_it_waits(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, edited, moment = [new_id() for _ in range(300)], new_id(), datetime.now(UTC)
    monkeypatch.setattr(consumers, "OF_A_CROWD", 20)
    monkeypatch.setattr(consumers, "FEWEST_OF_A_CROWD", 20)
    monkeypatch.setattr(consumers, "CROWD_SECONDS", 0.0)
    calls: list[set[Any]] = []
    arrived, add = asyncio.Event(), Waiting.add

    def watched(self: Waiting, partition: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        add(self, partition, records)
        if any(record.key == str(edited).encode() for record in records):
            arrived.set()

    monkeypatch.setattr(Waiting, "add", watched)
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)

    def outgoing(event: TitleChanged, at: datetime) -> Outgoing:
        return Outgoing(TOPIC, event.key(), new_id(), event.TYPE, at, event.model_dump_json().encode())

    async def write(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        calls.append({event.data.title_id for event in events})
        for event in events:
            await note(session, event)
        if len(calls) == 2:
            await bus.send(outgoing(title(edited, 1), datetime.now(UTC)))
            await bus.send(outgoing(title(crowd[-1], 2), datetime.now(UTC)))
            await arrived.wait()

    reader = Consumer("sample", db, bus, {TitleChanged: Batch(write)})
    await bus.start()
    try:
        await bus.ready()
        assert not any(await bus.send_all([outgoing(title(i, 1), moment) for i in crowd], 10))
        await reader.start()

        async def all_applied() -> bool:
            versions = {row["id"]: row["version"] for row in await db.pool.fetch("SELECT id, version FROM notes")}
            return versions == dict.fromkeys([*crowd, edited], 1) | {crowd[-1]: 2}

        await eventually(all_applied)
    finally:
        await reader.stop()
        await bus.stop()
    (place,) = [number for number, ids in enumerate(calls) if edited in ids]
    waited = set(crowd) - set().union(*calls[: place + 1])
    assert len(waited) > 100, "the crowd went first"
    assert sum(row["applied"] for row in await db.pool.fetch("SELECT applied FROM notes")) == 302
