"""The migrations make the tables that the models describe, and keep what uploads were before."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from libs.chassis import migrations
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
