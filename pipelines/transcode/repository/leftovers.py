"""SQL of the cleanup: what is still spooled, and what may be tidied away."""

# ruff: noqa: S608 - only constants are put into statements, values are parameters
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from pipelines.transcode.repository.assets import LIVE
from pipelines.transcode.repository.uploads import COLUMNS, KEPT, State, Upload

# Runs of an asset are cleared away this long after it ended: a worker that was taken for dead has long stopped writing.
ABANDONED = timedelta(days=1)


class Leftovers:
    """Statements on uploads and assets that are over, and on uploads that older versions left in a directory."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def spooled(self) -> list[Upload]:
        """Return uploads whose bytes lie in a directory of one machine, oldest first."""
        rows = await self._db.pool.fetch(
            f"SELECT {COLUMNS} FROM uploads WHERE tidied_at IS NULL AND spooled AND state <> 'removed' ORDER BY updated_at"
        )
        return [Upload(**dict(row)) for row in rows]

    async def unspooled(self, ids: Sequence[UUID]) -> list[UUID]:
        """Return those of these uploads that need nothing from a directory any more."""
        rows = await self._db.pool.fetch(
            "SELECT id FROM uploads WHERE id = ANY($1) AND (NOT spooled OR state = 'removed')", list(ids)
        )
        return [row["id"] for row in rows]

    async def adopted(self, connection: Any, upload_id: UUID, token: UUID) -> bool:
        """Record that what was spooled is in the object store; False when another took the claim."""
        query = (
            "UPDATE uploads SET spooled = false, claim = NULL, stored_at = CASE WHEN received = length THEN now() END"
            " WHERE id = $1 AND claim = $2 AND spooled AND state <> 'removed' RETURNING id"
        )
        return await connection.fetchval(query, upload_id, token) is not None

    async def untidy(self, most: int) -> list[tuple[UUID, State]]:
        """Return uploads that ended, whose place in the object store has not been looked through since."""
        rows = await self._db.pool.fetch(
            "SELECT id, state FROM uploads WHERE tidied_at IS NULL AND (state = 'removed' OR state = 'complete' AND NOT spooled"
            " OR state = 'joined' AND updated_at < now() - $1::interval) ORDER BY updated_at LIMIT $2",
            KEPT,
            most,
        )
        return [(row["id"], row["state"]) for row in rows]

    async def used(self, keys: Sequence[str]) -> set[str]:
        """Return those of these objects that hold bytes of an upload."""
        rows = await self._db.pool.fetch("SELECT key FROM upload_parts WHERE key = ANY($1)", list(keys))
        return {row["key"] for row in rows}

    async def tidied(self, upload_id: UUID) -> None:
        """Record that an upload's place has been looked through; what never became an asset is forgotten."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE uploads SET tidied_at = now() WHERE id = $1", upload_id)
            await connection.execute("DELETE FROM uploads WHERE id = $1 AND state IN ('removed', 'joined')", upload_id)

    async def ended(self, most: int) -> list[tuple[UUID, int, str | None]]:
        """Return assets that ended a while ago, whose runs may lie about: their last attempt and what is published."""
        rows = await self._db.pool.fetch(
            f"SELECT id, attempt, hls FROM assets WHERE tidied_at IS NULL AND NOT ({LIVE}) AND updated_at < now() - $1::interval"
            " ORDER BY updated_at LIMIT $2",
            ABANDONED,
            most,
        )
        return [(row["id"], row["attempt"], row["hls"]) for row in rows]

    async def forget_steps(self, asset_id: UUID) -> None:
        """Forget what is done of an asset that is over: a retry makes it again."""
        query = f"DELETE FROM steps s USING assets a WHERE s.asset_id = $1 AND a.id = $1 AND NOT ({LIVE})"
        await self._db.pool.execute(query, asset_id)

    async def cleared(self, asset_id: UUID, attempt: int) -> None:
        """Record that an asset has no runs but the published one, unless it was begun again meanwhile."""
        query = "UPDATE assets SET tidied_at = now() WHERE id = $1 AND attempt = $2"
        await self._db.pool.execute(query, asset_id, attempt)
