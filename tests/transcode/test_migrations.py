"""The migrations make the tables that the models describe, and keep what uploads were before."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from libs.chassis.data import migrations
from pipelines.transcode.models import Base
from tests.conftest import DatabaseFactory

MODULE = "pipelines.transcode"
BEFORE = "2026_11_26_outbox"


def differences(url: str) -> list[object]:
    """What alembic would still change in our own tables; procrastinate and the chassis look after theirs."""

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in Base.metadata.tables

    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        return list(compare_metadata(context, Base.metadata))


async def test_models_and_migrations_agree(database: DatabaseFactory) -> None:
    assert await asyncio.to_thread(differences, await database(MODULE)) == []


async def test_uploads_of_before_are_kept(empty_database: str) -> None:
    await asyncio.to_thread(migrations.upgrade, MODULE, empty_database, BEFORE)
    stored, finished, half, fresh = (uuid4() for _ in range(4))
    connection = await asyncpg.connect(empty_database)
    try:
        for upload, received, asset, done in (
            (stored, 10, uuid4(), True),
            (finished, 10, uuid4(), False),
            (half, 5, None, False),
            (fresh, 0, None, False),
        ):
            await connection.execute(
                "INSERT INTO uploads (id, account_id, playable_id, filename, length, received, asset_id, stored_at)"
                " VALUES ($1, $1, $1, 'f', 10, $2, $3, CASE WHEN $4 THEN now() END)",
                upload,
                received,
                asset,
                done,
            )
        await asyncio.to_thread(migrations.upgrade, MODULE, empty_database)
        rows = await connection.fetch("SELECT id, state, spooled, tidied_at IS NOT NULL AS tidy FROM uploads")
        assert {row["id"]: tuple(row)[1:] for row in rows} == {
            stored: ("complete", False, True),
            finished: ("complete", True, False),
            half: ("receiving", True, False),
            fresh: ("receiving", False, False),
        }
        parts = await connection.fetch("SELECT upload_id, key, start, length FROM upload_parts")
        assert [tuple(part) for part in parts] == [(stored, f"masters/{stored}", 0, 10)]
        await asyncio.to_thread(migrations.downgrade, MODULE, empty_database, BEFORE)
        assert await connection.fetchval("SELECT count(*) FROM uploads WHERE stored_at IS NOT NULL") == 1
        await asyncio.to_thread(migrations.upgrade, MODULE, empty_database)
        assert await connection.fetchval("SELECT count(*) FROM upload_parts") == 1
    finally:
        await connection.close()
    await asyncio.to_thread(migrations.downgrade, MODULE, empty_database, "base")


async def test_what_a_replica_of_before_writes_beside_this_one_is_understood(empty_database: str) -> None:
    """Its statements, word for word. Otherwise its file counts as parts that are nowhere, and is cleared away."""
    await asyncio.to_thread(migrations.upgrade, MODULE, empty_database)
    half, whole, stored, mine = (uuid4() for _ in range(4))
    connection = await asyncpg.connect(empty_database)
    try:
        for upload in (half, whole, stored, mine):
            await connection.execute(
                "INSERT INTO uploads (id, account_id, playable_id, filename, length) VALUES ($1, $1, $1, 'f', 10)",
                upload,
            )
        advance = "UPDATE uploads SET received = $2, updated_at = now() WHERE id = $1"
        await connection.execute(advance, half, 4)
        for upload in (whole, stored):
            await connection.execute(advance, upload, 10)
            await connection.execute("UPDATE uploads SET asset_id = $2 WHERE id = $1", upload, uuid4())
        await connection.execute("UPDATE uploads SET stored_at = now() WHERE id = $1", stored)
        # And what this version writes means what it says.
        await connection.execute(
            "UPDATE uploads SET claim = $1, claimed_until = now() + interval '5 s' WHERE id = $1", mine
        )
        await connection.execute(
            "UPDATE uploads SET received = 10, claimed_until = now() + interval '5 s' WHERE id = $1", mine
        )
        rows = await connection.fetch("SELECT id, state, spooled, claim FROM uploads")
        assert {row["id"]: tuple(row)[1:] for row in rows} == {
            half: ("receiving", True, None),
            whole: ("complete", True, None),
            stored: ("complete", False, None),
            mine: ("receiving", False, mine),
        }
        parts = await connection.fetch("SELECT upload_id, key, start, length FROM upload_parts")
        assert [tuple(part) for part in parts] == [(stored, f"masters/{stored}", 0, 10)]
    finally:
        await connection.close()
