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
from libs.contracts.media import AssetFailed, AssetProgress, AssetReady, Rendition, Track
from pipelines.transcode.repository.uploads import StoredPart, Upload, Uploads

QUEUE = "transcode"
TASK = "transcode"
ORPHANED = (
    "updated_at < now() - interval '1 minute' AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs j WHERE j.id = job_id AND j.status IN ('todo', 'doing'))"
)
LIVE = "status NOT IN ('ready', 'failed')"
BIG = 256 * 1024**2


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
    strikes: int
    job_id: int | None
    duration: float | None
    hls: str | None
    dash: str | None
    thumbnails: str | None
    renditions: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None


SELECT = (
    "SELECT a.id, a.playable_id, a.upload_id, u.filename, u.account_id, u.label_rungs, a.status, a.progress, a.version,"
    " a.attempt, a.strikes, a.job_id, a.duration, a.hls, a.dash, a.thumbnails, a.renditions, a.tracks, a.error_code,"
    " a.error_detail, a.created_at, a.updated_at, a.ready_at FROM assets a JOIN uploads u ON u.id = a.upload_id"
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


def priority(length: int) -> int:
    """Return a job's priority by the size of its master: a trailer does not wait behind a season of films."""
    return -min(100, length // BIG)


async def defer(connection: Any, asset_id: UUID, length: int) -> int:
    """Put a job into procrastinate's queue inside the caller's transaction; returns its id."""
    ids = await connection.fetchval(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW($1, $2, $3, $4, NULL, $5, NULL)::procrastinate_job_to_defer_v1])",
        QUEUE,
        TASK,
        priority(length),
        str(asset_id),
        {"asset_id": str(asset_id)},
    )
    return int(ids[0])


class Assets:
    """Statements on assets."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def complete(self, connection: Any, upload: Upload) -> UUID:
        """Turn a whole upload into a queued asset with its job and its first event, in the caller's transaction."""
        assert upload.playable_id is not None
        asset_id = new_id()
        await connection.execute(
            "INSERT INTO assets (id, playable_id, upload_id) VALUES ($1, $2, $3)",
            asset_id,
            upload.playable_id,
            upload.id,
        )
        job = await defer(connection, asset_id, upload.length)
        await connection.execute("UPDATE assets SET job_id = $2 WHERE id = $1", asset_id, job)
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

    async def begin(self, asset_id: UUID) -> Asset | None:
        """Take the next attempt of a live asset; None when it has ended."""
        taken = await self._db.pool.fetchval(
            "UPDATE assets SET attempt = attempt + 1, strikes = strikes + 1, tidied_at = NULL, updated_at = now()"
            f" WHERE id = $1 AND {LIVE} RETURNING id",
            asset_id,
        )
        return await self.get(asset_id) if taken else None

    async def master_stored(self, upload_id: UUID) -> bool:
        """Say whether the master has reached the object store."""
        query = "SELECT stored_at IS NOT NULL FROM uploads WHERE id = $1"
        return bool(await self._db.pool.fetchval(query, upload_id))

    async def parts(self, upload_id: UUID) -> list[StoredPart]:
        """Return where a master's bytes are, in order."""
        return await Uploads(self._db).parts(upload_id)

    async def release(self, asset_id: UUID, attempt: int) -> None:
        """Give an attempt back without a strike: the worker is told to stop, or cannot start yet."""
        await self._db.pool.execute(
            f"UPDATE assets SET strikes = greatest(strikes - 1, 0) WHERE id = $1 AND attempt = $2 AND {LIVE}",
            asset_id,
            attempt,
        )

    async def holds(self, asset_id: UUID, attempt: int) -> bool:
        """Say whether this attempt may go on."""
        query = f"SELECT EXISTS (SELECT 1 FROM assets WHERE id = $1 AND attempt = $2 AND {LIVE})"
        return bool(await self._db.pool.fetchval(query, asset_id, attempt))

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
                "UPDATE assets SET status = 'ready', progress = 1, version = version + 1, strikes = 0, duration = $3,"
                " hls = $4, dash = $5, thumbnails = $6, renditions = $7, tracks = $8, error_code = NULL,"
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
            )
            if row is None:
                return False
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

    async def fail(self, asset_id: UUID, attempt: int | None, code: str, detail: str) -> bool:
        """End a live asset with a reason and its event; any attempt when none is given. False when it had ended."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets SET status = 'failed', version = version + 1, error_code = $3, error_detail = $4,"
                f" updated_at = now() WHERE id = $1 AND ($2::bigint IS NULL OR attempt = $2) AND {LIVE}"
                " RETURNING playable_id, version",
                asset_id,
                attempt,
                code,
                detail,
            )
            if row is None:
                return False
            event = AssetFailed(
                asset_id=asset_id, playable_id=row["playable_id"], version=row["version"], code=code, detail=detail
            )
            await outbox.add_raw(connection, event)
        self._db.outbox_written.set()
        return True

    async def requeue_orphans(self) -> list[UUID]:
        """Give a new job to every live asset whose job is over: the queue and the asset are told of an end one by one."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                "SELECT a.id, u.length FROM assets a JOIN uploads u ON u.id = a.upload_id WHERE a.id IN"
                f" (SELECT id FROM assets WHERE {LIVE} AND {ORPHANED}) FOR UPDATE OF a SKIP LOCKED"
            )
            for row in rows:
                job = await defer(connection, row["id"], row["length"])
                query = "UPDATE assets SET job_id = $2, updated_at = now() WHERE id = $1"
                await connection.execute(query, row["id"], job)
        return [row["id"] for row in rows]

    async def retry(self, asset_id: UUID) -> bool:
        """Queue a failed asset again, with a new job and its event; False when it has not failed."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE assets a SET status = 'queued', progress = 0, strikes = 0, version = version + 1,"
                " error_code = NULL, error_detail = NULL, updated_at = now() FROM uploads u"
                " WHERE a.id = $1 AND a.status = 'failed' AND u.id = a.upload_id"
                " RETURNING a.playable_id, a.version, u.length",
                asset_id,
            )
            if row is None:
                return False
            job = await defer(connection, asset_id, row["length"])
            await connection.execute("UPDATE assets SET job_id = $2 WHERE id = $1", asset_id, job)
            event = _progress(asset_id, row["playable_id"], row["version"], "queued", 0.0)
            await outbox.add_raw(connection, event)
        self._db.outbox_written.set()
        return True


def _progress(asset_id: UUID, playable_id: UUID, version: int, status: str, share: float) -> AssetProgress:
    return AssetProgress(
        asset_id=asset_id, playable_id=playable_id, version=version, status=status, progress=round(share, 3)
    )
