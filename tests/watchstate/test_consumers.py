"""What watchstate takes in, as its consumers take it: in batches, several at once, again, and out of order."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import pytest

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.playback import LeaseChanged, ProgressUpdated
from services.watchstate.consumers import consumers
from tests.chassis.records import records
from tests.watchstate.conftest import NOON, Watch

ROUNDS = 20


def of_watchstate(watch: Watch, db: Database | None = None) -> Consumer:
    (consumer,) = consumers(db or watch.db, Bus("127.0.0.1:1", service="test"), watch.clock)
    return consumer


def beat(account: UUID, profile: UUID, playable: UUID, seq: int, position: float = 100) -> ProgressUpdated:
    return ProgressUpdated(
        profile_id=profile, account_id=account, session_id=UUID(int=1), title_id=UUID(int=2), playable_id=playable, seq=seq,
        position=position, duration=600, state="playing", occurred_at=NOON + timedelta(seconds=seq),
    )  # fmt: skip


async def test_consumers_of_the_same_accounts_never_wait_in_a_ring(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two processes, each with a batch of its own of events of the same accounts, in any order, many times."""
    people = [(new_id(), new_id(), new_id()) for _ in range(40)]
    here, there = Database(watch.db.url), Database(watch.db.url)
    readers = [of_watchstate(watch, db) for db in (here, there)]
    chance = random.Random(7)
    for number in range(1, ROUNDS + 1):
        work = []
        for reader in readers:
            beats = [beat(*person, number) for person in people]
            changed = [
                AccountChanged(account_id=a, version=number, profiles=(Profile(id=p, name="Ada"),), changed_at=NOON)
                for a, p, _ in people
            ]
            chance.shuffle(beats)
            chance.shuffle(changed)
            work += [reader.apply(records(*beats)), reader.apply(records(*changed))]
        await asyncio.gather(*work)
    await here.stop()
    await there.stop()
    assert "deadlock" not in caplog.text
    troubles = [line for line in caplog.text.splitlines() if "in_trouble" in line and "consumer:watchstate" in line]
    assert troubles == []
    rows = await watch.rows("SELECT seq FROM positions")
    assert [row["seq"] for row in rows] == [ROUNDS] * len(people)


async def test_of_many_beats_the_newest_holds_and_devices_hear_of_that_one(watch: Watch) -> None:
    consumer = of_watchstate(watch)
    account, profile, playable = watch.ada.account_id, watch.ada.profile_id, new_id()
    beats = [beat(account, profile, playable, seq, position=seq) for seq in range(1, 101)]
    random.Random(3).shuffle(beats)
    await consumer.apply(records(*beats))
    assert await watch.rows("SELECT seq, position FROM positions") == [{"seq": 100, "position": 100.0}]
    assert [row["data"] for row in await watch.rows("SELECT data ->> 'position' AS data FROM sync_log")] == ["100.0"]


async def test_the_same_batch_again_changes_nothing_and_needs_no_memory(watch: Watch) -> None:
    consumer = of_watchstate(watch)
    arriving = records(beat(watch.ada.account_id, watch.ada.profile_id, new_id(), 1))
    for _ in range(3):
        await consumer.apply(arriving)
    assert len(await watch.rows("SELECT FROM positions")) == len(await watch.rows("SELECT FROM sync_log")) == 1
    assert await watch.rows("SELECT FROM inbox") == []


async def test_an_account_kept_again_is_told_to_nobody(watch: Watch) -> None:
    consumer = of_watchstate(watch)
    event = AccountChanged(
        account_id=new_id(), version=3, profiles=(Profile(id=new_id(), name="Ada"),), changed_at=NOON
    )
    await consumer.apply(records(event))
    await consumer.apply(records(event))
    assert len(await watch.rows("SELECT FROM sync_log")) == 1


async def test_a_profile_that_came_and_went_in_one_batch_leaves_nothing(watch: Watch) -> None:
    consumer = of_watchstate(watch)
    account, kept, gone = new_id(), new_id(), new_id()
    await consumer.apply(records(beat(account, kept, new_id(), 1), beat(account, gone, new_id(), 1)))
    profiles = {id_: Profile(id=id_, name="Ada") for id_ in (kept, gone)}
    versions = [
        AccountChanged(account_id=account, version=1, profiles=tuple(profiles.values()), changed_at=NOON),
        AccountChanged(account_id=account, version=2, profiles=(profiles[kept],), changed_at=NOON),
    ]
    await consumer.apply(records(*versions))
    assert [row["profile_id"] for row in await watch.rows("SELECT profile_id FROM positions")] == [kept]


async def test_entries_of_one_batch_keep_their_order_and_their_numbers(watch: Watch) -> None:
    consumer = of_watchstate(watch)
    accounts = [new_id(), new_id()]
    events = [
        LeaseChanged(account_id=accounts[n % 2], change="acquired", active=n, limit=9, at=NOON) for n in range(1, 7)
    ]
    await consumer.apply(records(*events[:2]))
    await consumer.apply(records(*events[2:]))
    rows = await watch.rows("SELECT id, data ->> 'active' AS active FROM sync_log ORDER BY account_id, id")
    by_account = [[(row["id"], row["active"]) for row in rows[at : at + 3]] for at in (0, 3)]
    assert sorted(by_account) == [[(1, "1"), (2, "3"), (3, "5")], [(1, "2"), (2, "4"), (3, "6")]]
