"""SQL for assets and their jobs: every change is fenced by the attempt, and its event commits with it."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are parameters
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.contracts.media import AssetFailed, AssetProgress, AssetReady, LeftOut, Rendition, Track
from pipelines.transcode.repository.uploads import StoredPart, Upload, Uploads

# Whoever waits for work is told of it here.
CHANNEL = "transcode_steps"
# Nobody works on it in the old way, as one job of procrastinate's.
UNWATCHED = (
    "NOT EXISTS (SELECT 1 FROM procrastinate_jobs j JOIN procrastinate_workers w ON w.id = j.worker_id"
    " WHERE j.id = a.job_id AND j.status = 'doing' AND w.last_heartbeat > now() - interval '1 minute')"
)
OVER = "status = (CASE status WHEN 'todo' THEN 'cancelled' ELSE 'failed' END)::procrastinate_job_status"
NOT_DONE = (
    "(status = 'todo' OR status = 'doing' AND NOT EXISTS (SELECT 1 FROM procrastinate_workers w"
    " WHERE w.id = worker_id AND w.last_heartbeat > now() - interval '1 minute'))"
)
ORPHANED = (
    "a.updated_at < now() - interval '1 minute'"
    f" AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.asset_id = a.id AND s.state <> 'done') AND {UNWATCHED}"
)
LIVE = "status NOT IN ('ready', 'failed')"
# Of the whole, what the encoding of the picture is: from here, and so much.
BEFORE, ENCODING = 0.02, 0.83
RECORD_EVERY = 0.01


@dataclass(frozen=True)
class Asset:
    """A row of `assets` with the file name and the account of its upload."""

    id: UUID
    playable_id: UUID
    upload_id: UUID
    filename: str
    account_id: UUID
    label_rungs: bool
    status: str
    progress: float
    version: int
    attempt: int
    duration: float | None
    hls: str | None
    dash: str | None
    thumbnails: str | None
    renditions: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None
    release_at: datetime | None


SELECT = (
    "SELECT a.id, a.playable_id, a.upload_id, u.filename, u.account_id, u.label_rungs, a.status, a.progress, a.version,"
    " a.attempt, a.duration, a.hls, a.dash, a.thumbnails, a.renditions, a.tracks, a.left_out, a.error_code,"
    " a.error_detail, a.created_at, a.updated_at, a.ready_at, a.release_at FROM assets a JOIN uploads u ON u.id = a.upload_id"
)


@dataclass(frozen=True)
class Result:
    """What a finished film is published as; paths are object keys below `media/`."""

    duration: float
    hls: str
    dash: str
    thumbnails: str
    renditions: tuple[Rendition, ...]
    tracks: tuple[Track, ...]
    left_out: tuple[LeftOut, ...] = ()


async def first_step(connection: Any, asset_id: UUID) -> None:
    """Put an asset's first step into the queue, inside the caller's transaction."""
    await connection.execute(
        "INSERT INTO steps (id, asset_id, kind) VALUES ($1, $2, 'plan') ON CONFLICT DO NOTHING", new_id(), asset_id
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def show_encoding(connection: Any, asset_id: UUID, share: float) -> bool:
    """Show which share of a film's picture is encoded, every hundredth, with an event each tenth; never less than before."""
    whole = BEFORE + ENCODING * share
    row = await connection.fetchrow(
        "UPDATE assets a SET status = 'encoding', progress = $2, updated_at = now(),"
        " version = version + CASE WHEN b.tell THEN 1 ELSE 0 END FROM"
        " (SELECT id, status <> 'encoding' OR floor(progress * 10) < floor($2::float * 10) AS tell FROM assets"
        f"  WHERE id = $1 AND {LIVE} AND (status <> 'encoding' OR progress + $3 <= $2::float) FOR UPDATE) b"
        " WHERE a.id = b.id RETURNING a.playable_id, a.version, b.tell",
        asset_id,
        whole,
        RECORD_EVERY,
    )
    if row is not None and row["tell"]:
        await outbox.add_raw(connection, _progress(asset_id, row["playable_id"], row["version"], "encoding", whole))
    return row is not None and bool(row["tell"])


class Assets:
    """Statements on assets."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def complete(self, connection: Any, upload: Upload) -> UUID:
        """Turn a whole upload into a queued asset with its first step and event, in the caller's transaction."""
        assert upload.playable_id is not None
        asset_id = new_id()
        await connection.execute(
            "INSERT INTO assets (id, playable_id, upload_id, release_at) VALUES ($1, $2, $3, $4)",
            asset_id,
            upload.playable_id,
            upload.id,
            upload.release_at,
        )
        await first_step(connection, asset_id)
        await connection.execute(
            "UPDATE uploads SET state = 'complete', asset_id = $2, stored_at = now(), updated_at = now(), claim = NULL"
            " WHERE id = $1",
            upload.id,
            asset_id,
        )
        await outbox.add_raw(connection, _progress(asset_id, upload.playable_id, 1, "queued", 0.0))
        return asset_id

    async def get(self, asset_id: UUID) -> Asset | None:
        """Return an asset."""
        row = await self._db.pool.fetchrow(f"{SELECT} WHERE a.id = $1", asset_id)
        return Asset(**dict(row)) if row is not None else None

    async def page(
        self, playable_id: UUID | None, status: str | None, before: UUID | None, limit: int
    ) -> Sequence[Asset]:
        """Return assets, newest first."""
        rows = await self._db.pool.fetch(
            f"{SELECT} WHERE ($1::uuid IS NULL OR a.playable_id = $1) AND ($2::text IS NULL OR a.status = $2)"
            " AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4",
            playable_id,
            status,
            before,
            limit,
        )
        return [Asset(**dict(row)) for row in rows]

    async def is_ready(self, asset_id: UUID) -> bool:
        """Say whether an asset is published."""
        return bool(await self._db.pool.fetchval("SELECT status = 'ready' FROM assets WHERE id = $1", asset_id))

    async def master_stored(self, upload_id: UUID) -> bool:
        """Say whether the master has reached the object store."""
        query = "SELECT stored_at IS NOT NULL FROM uploads WHERE id = $1"
        return bool(await self._db.pool.fetchval(query, upload_id))

    async def parts(self, upload_id: UUID) -> list[StoredPart]:
        """Return where a master's bytes are, in order."""
        return await Uploads(self._db).parts(upload_id)

    async def progress(self, asset_id: UUID, attempt: int, status: str, share: float, *, tell: bool) -> bool:
        """Record where the job stands, with an event when `tell`; False when the attempt is over."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets SET status = $3, progress = $4, version = version + $5::int, updated_at = now()"
                f" WHERE id = $1 AND attempt = $2 AND {LIVE} RETURNING playable_id, version",
                asset_id,
                attempt,
                status,
                share,
                int(tell),
            )
            if row is not None and tell:
                event = _progress(asset_id, row["playable_id"], row["version"], status, share)
                await outbox.add_raw(connection, event)
        self._db.outbox_written.set()
        return row is not None

    async def publish(self, asset_id: UUID, attempt: int, result: Result) -> bool:
        """Make a finished run the asset, with its event; False when the attempt is over."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets SET status = 'ready', progress = 1, version = version + 1, duration = $3,"
                " hls = $4, dash = $5, thumbnails = $6, renditions = $7, tracks = $8, left_out = $9, error_code = NULL,"
                " error_detail = NULL, ready_at = now(), updated_at = now()"
                f" WHERE id = $1 AND attempt = $2 AND {LIVE} RETURNING playable_id, version, created_at, ready_at",
                asset_id,
                attempt,
                result.duration,
                result.hls,
                result.dash,
                result.thumbnails,
                [rendition.model_dump(mode="json") for rendition in result.renditions],
                [track.model_dump(mode="json") for track in result.tracks],
                [one.model_dump(mode="json") for one in result.left_out],
            )
            if row is None:
                return False
            await connection.execute("DELETE FROM steps WHERE asset_id = $1", asset_id)
            await outbox.add_raw(
                connection,
                AssetReady(
                    asset_id=asset_id,
                    playable_id=row["playable_id"],
                    version=row["version"],
                    duration=result.duration,
                    hls=result.hls,
                    dash=result.dash,
                    thumbnails=result.thumbnails,
                    renditions=result.renditions,
                    tracks=result.tracks,
                    uploaded_at=row["created_at"],
                    ready_at=row["ready_at"],
                ),
            )
        self._db.outbox_written.set()
        return True

    async def fail(
        self,
        asset_id: UUID,
        code: str,
        detail: str,
        *,
        keep: bool = True,
        step: UUID | None = None,
        holder: UUID | None = None,
    ) -> bool:
        """End a live asset with a reason and its event; what is done of it can be kept for a retry.

        False when it had ended, or when `holder` does not hold the `step` any more that says so.
        """
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets SET status = 'failed', version = version + 1, error_code = $2, error_detail = $3,"
                f" updated_at = now() WHERE id = $1 AND {LIVE} AND ($4::uuid IS NULL OR EXISTS"
                " (SELECT 1 FROM steps s WHERE s.id = $4 AND s.holder = $5)) RETURNING playable_id, version",
                asset_id,
                code,
                detail,
                step,
                holder,
            )
            if row is None:
                return False
            await connection.execute(
                "DELETE FROM steps WHERE asset_id = $1 AND (state <> 'done' OR NOT $2)", asset_id, keep
            )
            event = AssetFailed(
                asset_id=asset_id, playable_id=row["playable_id"], version=row["version"], code=code, detail=detail
            )
            await outbox.add_raw(connection, event)
        self._db.outbox_written.set()
        return True

    async def requeue_orphans(self) -> list[UUID]:
        """Give a first step to every live asset without one: those that the version before had in work, or had queued."""
        found = []
        async with self._db.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                f"SELECT a.id, a.job_id FROM assets a WHERE {LIVE} AND {ORPHANED} FOR UPDATE OF a SKIP LOCKED"
            )
            for row in rows:
                # A worker of the version before must not take it as well, and may just have done so.
                await connection.execute(
                    f"UPDATE procrastinate_jobs SET {OVER} WHERE id = $1 AND {NOT_DONE}", row["job_id"]
                )
                if await connection.fetchval(
                    f"SELECT EXISTS (SELECT FROM assets a WHERE a.id = $1 AND {UNWATCHED})", row["id"]
                ):
                    await first_step(connection, row["id"])
                    await connection.execute("UPDATE assets SET updated_at = now() WHERE id = $1", row["id"])
                    found.append(row["id"])
        return found

    async def retry(self, asset_id: UUID) -> bool:
        """Queue a failed asset again, with its first step and its event; False when it has not failed."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets SET status = 'queued', progress = 0, fair_start = NULL, worked = 0, version = version + 1,"
                " error_code = NULL, error_detail = NULL, updated_at = now() WHERE id = $1 AND status = 'failed'"
                " RETURNING playable_id, version",
                asset_id,
            )
            if row is None:
                return False
            await first_step(connection, asset_id)
            event = _progress(asset_id, row["playable_id"], row["version"], "queued", 0.0)
            await outbox.add_raw(connection, event)
        self._db.outbox_written.set()
        return True


def _progress(asset_id: UUID, playable_id: UUID, version: int, status: str, share: float) -> AssetProgress:
    return AssetProgress(
        asset_id=asset_id, playable_id=playable_id, version=version, status=status, progress=round(share, 3)
    )
