"""SQL for uploads: every change compares the state, and a writer's also the claim, before it sets anything."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are parameters
from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from libs.chassis.data.database import Database

KEPT = timedelta(days=7)
CLAIM = timedelta(seconds=5)

State = Literal["receiving", "complete", "joined", "removed"]


@dataclass(frozen=True)
class Upload:
    """A row of `uploads`; `received` bytes are safe in the object store."""

    id: UUID
    account_id: UUID
    playable_id: UUID | None
    filename: str
    length: int
    received: int
    label_rungs: bool
    asset_id: UUID | None
    state: State
    spooled: bool
    concat: str | None
    joined_into: UUID | None
    metadata: str
    created_at: datetime
    updated_at: datetime

    @property
    def whole(self) -> bool:
        """Say whether these bytes are a film that has all of them."""
        return self.concat is None and 0 < self.length == self.received

    @property
    def release_at(self) -> datetime | None:
        """Return when the film is to be released; None also for what versions before accepted and nobody can read."""
        with suppress(ValueError):
            return release_at(self.metadata)
        return None

    @property
    def expires_at(self) -> datetime:
        """Return when an unfinished upload is given up."""
        return self.updated_at + KEPT


@dataclass(frozen=True)
class StoredPart:
    """`length` bytes of an upload from `start`, in the object `key`."""

    key: str
    start: int
    length: int


COLUMNS = (
    "id, account_id, playable_id, filename, length, received, label_rungs, asset_id, state, spooled, concat, joined_into,"
    " metadata, created_at, updated_at"
)
UNCLAIMED = "(claim IS NULL OR claimed_until < now())"
WHOLE = "concat IS NULL AND received = length AND length > 0"


def release_at(metadata: str) -> datetime | None:
    """Return when a film is to be released, where its sender's `Upload-Metadata` says it. Raises ValueError."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "release_at":
            found = datetime.fromisoformat(base64.b64decode(value, validate=True).decode("ascii"))
            if found.tzinfo is None or not 2000 <= found.year < 3000:
                raise ValueError("no moment")
            return found
    return None


def _upload(row: Any) -> Upload | None:
    return Upload(**dict(row)) if row is not None else None


class Uploads:
    """Statements on uploads and their parts; a connection is given where they belong to a transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Open the transaction that several statements, and the events they cause, share; yields its connection."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            yield connection
        self._db.outbox_written.set()

    async def create(self, upload: Upload, *, quota: int, most: int) -> Literal["created", "quota", "number"]:
        """Insert an upload unless the account's unfinished ones would then exceed `quota` bytes or `most` in number."""
        async with self.transaction() as connection:
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", f"quota {upload.account_id}"
            )
            taken = await connection.fetchrow(
                "SELECT coalesce(sum(length), 0) AS bytes, count(*) AS number FROM uploads"
                " WHERE account_id = $1 AND state = 'receiving'",
                upload.account_id,
            )
            if taken["number"] >= most:
                return "number"
            if taken["bytes"] + upload.length > quota:
                return "quota"
            await self.insert(connection, upload)
        return "created"

    async def insert(self, connection: Any, upload: Upload) -> None:
        """Insert a row."""
        await connection.execute(
            "INSERT INTO uploads"
            " (id, account_id, playable_id, filename, length, received, label_rungs, state, concat, metadata)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            upload.id,
            upload.account_id,
            upload.playable_id,
            upload.filename,
            upload.length,
            upload.received,
            upload.label_rungs,
            upload.state,
            upload.concat,
            upload.metadata,
        )

    async def get(self, upload_id: UUID) -> Upload | None:
        """Return an upload that has not been given up."""
        return _upload(
            await self._db.pool.fetchrow(
                f"SELECT {COLUMNS} FROM uploads WHERE id = $1 AND state <> 'removed'", upload_id
            )
        )

    async def claim(self, upload_id: UUID, token: UUID, *, spooled: bool = False) -> Upload | None:
        """Make `token` the only one that may write to an unfinished upload; None while another holds it."""
        return _upload(
            await self._db.pool.fetchrow(
                "UPDATE uploads SET claim = $2, claimed_until = now() + $3::interval,"
                " updated_at = CASE WHEN spooled THEN updated_at ELSE now() END"
                f" WHERE id = $1 AND spooled = $4 AND (state = 'receiving' OR spooled) AND state <> 'removed'"
                f" AND {UNCLAIMED} RETURNING {COLUMNS}",
                upload_id,
                token,
                CLAIM,
                spooled,
            )
        )

    async def renew(self, upload_id: UUID, token: UUID) -> bool:
        """Hold a claim for longer; False when another has taken over."""
        query = "UPDATE uploads SET claimed_until = now() + $3::interval WHERE id = $1 AND claim = $2 RETURNING id"
        return await self._db.pool.fetchval(query, upload_id, token, CLAIM) is not None

    async def release(self, upload_id: UUID, token: UUID) -> None:
        """Let the next writer in at once."""
        await self._db.pool.execute(
            "UPDATE uploads SET claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2", upload_id, token
        )

    async def advance(
        self, connection: Any, upload_id: UUID, token: UUID, parts: Sequence[StoredPart]
    ) -> Upload | None:
        """Record parts that follow what was received; None when the claim or the offset is another by now."""
        upload = _upload(
            await connection.fetchrow(
                "UPDATE uploads SET received = $4, updated_at = now(), claimed_until = now() + $5::interval"
                " WHERE id = $1 AND claim = $2 AND received = $3 AND state = 'receiving' AND NOT spooled"
                f" RETURNING {COLUMNS}",
                upload_id,
                token,
                parts[0].start,
                parts[-1].start + parts[-1].length,
                CLAIM,
            )
        )
        if upload is not None:
            await self.add_parts(connection, upload_id, parts)
        return upload

    async def add_parts(self, connection: Any, upload_id: UUID, parts: Sequence[StoredPart]) -> None:
        """Insert parts."""
        await connection.executemany(
            "INSERT INTO upload_parts (key, upload_id, start, length) VALUES ($1, $2, $3, $4)",
            [(part.key, upload_id, part.start, part.length) for part in parts],
        )

    async def parts(self, upload_id: UUID) -> list[StoredPart]:
        """Return where an upload's bytes are, in order."""
        rows = await self._db.pool.fetch(
            "SELECT key, start, length FROM upload_parts WHERE upload_id = $1 ORDER BY start", upload_id
        )
        return [StoredPart(**dict(row)) for row in rows]

    async def remove(self, upload_id: UUID) -> bool:
        """Give up an unfinished upload; False when it is written to, or is not unfinished any more."""
        return bool(await self._remove("id = $1", upload_id))

    async def expire(self) -> list[UUID]:
        """Give up unfinished uploads nobody has written to for a week, never one that has all its bytes."""
        return await self._remove(f"updated_at < now() - $1::interval AND NOT ({WHOLE})", KEPT)

    async def _remove(self, condition: str, value: Any) -> list[UUID]:
        async with self.transaction() as connection:
            rows = await connection.fetch(
                "UPDATE uploads SET state = 'removed', claim = NULL"
                f" WHERE state = 'receiving' AND {UNCLAIMED} AND {condition} RETURNING id",
                value,
            )
            ids = [row["id"] for row in rows]
            await connection.execute("DELETE FROM upload_parts WHERE upload_id = ANY($1)", ids)
        return ids

    async def whole(self) -> list[UUID]:
        """Return uploads that have all their bytes and are no asset: what versions before parts left after a crash."""
        rows = await self._db.pool.fetch(
            f"SELECT id FROM uploads WHERE state = 'receiving' AND NOT spooled AND {WHOLE}"
        )
        return [row["id"] for row in rows]

    async def hold(self, connection: Any, ids: Sequence[UUID]) -> list[Upload]:
        """Lock uploads until the end of the transaction and return them, in the order asked for."""
        rows = await connection.fetch(
            f"SELECT {COLUMNS} FROM uploads WHERE id = ANY($1) AND state <> 'removed' ORDER BY id FOR UPDATE", list(ids)
        )
        found = {row["id"]: Upload(**dict(row)) for row in rows}
        return [found[upload_id] for upload_id in ids if upload_id in found]

    async def join(self, connection: Any, final: UUID, partials: Sequence[Upload]) -> None:
        """Make the parts of partial uploads, one after the other, those of `final`."""
        start = 0
        for partial in partials:
            await connection.execute(
                "UPDATE upload_parts SET upload_id = $2, start = start + $3 WHERE upload_id = $1",
                partial.id,
                final,
                start,
            )
            start += partial.length
        await connection.execute(
            "UPDATE uploads SET state = 'joined', joined_into = $2, updated_at = now() WHERE id = ANY($1)",
            [partial.id for partial in partials],
            final,
        )
