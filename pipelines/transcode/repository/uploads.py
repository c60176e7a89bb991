"""SQL for uploads."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are parameters
from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.chassis.database import Database


@dataclass(frozen=True)
class Upload:
    """A row of `uploads`; `received` bytes are safe on disk."""

    id: UUID
    account_id: UUID
    playable_id: UUID
    filename: str
    length: int
    received: int
    label_rungs: bool
    asset_id: UUID | None
    stored_at: datetime | None
    created_at: datetime


COLUMNS = "id, account_id, playable_id, filename, length, received, label_rungs, asset_id, stored_at, created_at"


def _upload(row: Any) -> Upload | None:
    return Upload(**dict(row)) if row is not None else None


class Uploads:
    """Statements on uploads; a connection is given where one holds the lock of an upload."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(self, upload: Upload, quota: int) -> bool:
        """Insert an upload unless the account's unfinished ones would then exceed `quota` bytes."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", f"quota {upload.account_id}"
            )
            taken = await connection.fetchval(
                "SELECT coalesce(sum(length), 0) FROM uploads WHERE account_id = $1 AND asset_id IS NULL",
                upload.account_id,
            )
            if taken + upload.length > quota:
                return False
            await connection.execute(
                "INSERT INTO uploads (id, account_id, playable_id, filename, length, label_rungs)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                upload.id,
                upload.account_id,
                upload.playable_id,
                upload.filename,
                upload.length,
                upload.label_rungs,
            )
        return True

    async def get(self, upload_id: UUID, connection: Any = None) -> Upload | None:
        """Return an upload."""
        return _upload(
            await (connection or self._db.pool).fetchrow(f"SELECT {COLUMNS} FROM uploads WHERE id = $1", upload_id)
        )

    @asynccontextmanager
    async def locked(self, upload_id: UUID) -> AsyncIterator[Any | None]:
        """Hold an upload for one writer; yields the connection that holds it, None when another has it.

        A session lock: the server frees it when the holder's connection dies, whatever killed the holder.
        """
        async with self._db.pool.acquire() as connection:
            name = f"upload {upload_id}"
            taken = await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name)
            try:
                yield connection if taken else None
            finally:
                if taken and not connection.is_closed():
                    await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)

    async def advance(self, connection: Any, upload_id: UUID, received: int) -> None:
        """Record that the first `received` bytes are safe."""
        await connection.execute(
            "UPDATE uploads SET received = $2, updated_at = now() WHERE id = $1", upload_id, received
        )

    async def to_store(self) -> list[Upload]:
        """Return finished uploads whose master is not in the object store yet, oldest first."""
        rows = await self._db.pool.fetch(
            f"SELECT {COLUMNS} FROM uploads WHERE stored_at IS NULL AND asset_id IS NOT NULL ORDER BY updated_at"
        )
        return [Upload(**dict(row)) for row in rows]

    async def stored(self, upload_id: UUID) -> None:
        """Record that the master is in the object store."""
        await self._db.pool.execute("UPDATE uploads SET stored_at = now() WHERE id = $1", upload_id)

    async def delete(self, connection: Any, upload_id: UUID) -> None:
        """Forget an unfinished upload."""
        await connection.execute("DELETE FROM uploads WHERE id = $1 AND asset_id IS NULL", upload_id)

    async def abandoned(self, older_than: timedelta) -> list[UUID]:
        """Return unfinished uploads nobody has written to for a while."""
        rows = await self._db.pool.fetch(
            "SELECT id FROM uploads WHERE asset_id IS NULL AND updated_at < now() - $1::interval", older_than
        )
        return [row["id"] for row in rows]
