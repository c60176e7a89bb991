"""The step to an outbox with a position and back, while somebody writes and after a topic was published again."""

import asyncio

import asyncpg

from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import replaying
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import eventually

MODULE, BEFORE, STEP = "tests.chassis.sample", "2026_11_20_start", "2026_11_26_outbox"
WRITE = (
    "INSERT INTO outbox (event_id, topic, key, type, payload)"
    " VALUES ($1, 'catalog.titles', $2, 'bijou.catalog.title.changed.v1', '{}') RETURNING id"
)


async def test_what_is_being_written_meanwhile_is_published_afterwards(empty_database: str) -> None:
    await asyncio.to_thread(migrations.upgrade, MODULE, empty_database, BEFORE)
    slow, quick = await asyncpg.connect(empty_database), await asyncpg.connect(empty_database)
    try:
        writing = slow.transaction()
        await writing.start()
        late = await slow.fetchval(WRITE, new_id(), "late")
        assert late < await quick.fetchval(WRITE, new_id(), "published")
        await quick.execute("UPDATE outbox SET published_at = now()")
        step = asyncio.create_task(asyncio.to_thread(migrations.upgrade, MODULE, empty_database, STEP))

        async def waits() -> bool:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return bool(await quick.fetchval(query))

        await eventually(waits, 20)
        await writing.commit()
        await step
        # What was published after it is published again.
        assert await quick.fetchval("SELECT array_agg(key ORDER BY id) FROM outbox_pending") == ["late", "published"]
    finally:
        await slow.close()
        await quick.close()


async def test_a_step_back_after_a_topic_was_published_again(empty_database: str) -> None:
    """The same event is in the outbox twice by then, and older ones of its key are no longer the newest."""
    await asyncio.to_thread(migrations.upgrade, MODULE, empty_database)
    db = Database(empty_database)
    await db.start()
    gone, older, newer, only = (new_id() for _ in range(4))
    await db.pool.executemany(
        "INSERT INTO outbox_latest (id, event_id, topic, key, type, payload, created_at)"
        " VALUES ($1, $2, 'catalog.titles', $3, $4, '{}', now())",
        [(-3, older, "one", TitleChanged.TYPE), (-2, gone, "three", TitleChanged.TYPE)],
    )
    for event, key in ((newer, "one"), (only, "two")):
        await db.pool.fetchval(WRITE, event, key)
    assert await replaying.republish(db, "catalog.titles") == 3
    await db.pool.execute("DELETE FROM outbox WHERE key = 'three'")
    await db.stop()
    await asyncio.to_thread(migrations.downgrade, MODULE, empty_database, BEFORE)
    connection = await asyncpg.connect(empty_database)
    try:
        rows = await connection.fetch("SELECT key, event_id FROM outbox")
        assert {row["key"]: row["event_id"] for row in rows} == {"one": newer, "two": only, "three": gone}
        assert len(rows) == 3
        await asyncio.to_thread(migrations.upgrade, MODULE, empty_database)
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 3
    finally:
        await connection.close()
