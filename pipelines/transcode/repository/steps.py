"""SQL for steps, the queue of the workers: a step is taken for a lease, and only who holds it may say what came of it."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are parameters
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from pipelines.transcode.domain import LEAST, Turn, Waiting
from pipelines.transcode.media.planned import Part
from pipelines.transcode.repository.assets import CHANNEL, LIVE, first_step, show_encoding

# One who chooses at a time: two at once would both find the same film worst off.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('bijou.transcode.steps'))"
FREE = (
    "(s.state = 'waiting' AND (s.not_before IS NULL OR s.not_before <= now()) OR s.state = 'doing' AND s.lease_until < now())"
    " AND ($1::float IS NULL OR s.seconds <= $1)"
)
HELD = "s.state = 'doing' AND s.lease_until >= now()"
WAITING = f"""
SELECT a.id AS asset_id, a.created_at AS arrived, u.length, a.release_at, a.fair_start AS start,
    a.worked + coalesce(sum(greatest(extract(epoch FROM now() - s.taken_at), {LEAST})) FILTER (WHERE {HELD}), 0)::float AS worked,
    count(*) FILTER (WHERE {HELD}) AS in_hand,
    bool_or({FREE}) AS free
FROM assets a JOIN uploads u ON u.id = a.upload_id JOIN steps s ON s.asset_id = a.id AND s.state <> 'done'
WHERE {LIVE} GROUP BY a.id, u.length
"""
# What is needed first, then what takes long and cannot be cut, then the film in its order.
TAKE = f"""
WITH found AS (
    SELECT s.id, s.state, extract(epoch FROM s.lease_until - s.taken_at)::float AS lost FROM steps s
    WHERE s.asset_id = $2 AND {FREE}
    ORDER BY array_position(ARRAY['plan', 'sound', 'captions', 'chunk', 'finish'], s.kind), s.number
    LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE steps s SET state = 'doing', holder = $3, taken_at = now(), lease_until = now() + make_interval(secs => $4),
    takes = s.takes + 1, strikes = s.strikes + 1, share = 0
FROM found WHERE s.id = found.id
RETURNING s.id, s.kind, s.number, s.seconds, s.takes, s.strikes, s.holder,
    CASE WHEN found.state = 'doing' THEN found.lost END AS lost
"""
# What speaks for the whole film takes the next attempt, unless it goes on with that of its plan.
BEGIN = f"""
UPDATE assets a SET fair_start = coalesce(fair_start, $2), worked = worked + $3, updated_at = now(), tidied_at = NULL,
    attempt = attempt + CASE WHEN $4 = 'plan' OR $4 = 'finish' AND ($6 > 1 OR attempt <> $5) THEN 1 ELSE 0 END
FROM uploads u WHERE a.id = $1 AND {LIVE} AND u.id = a.upload_id
RETURNING a.attempt, a.plan, a.upload_id, u.label_rungs
"""
FILM = "SELECT coalesce(sum(seconds * share) / nullif(sum(seconds), 0), 0) FROM steps WHERE asset_id = a.id AND kind = 'chunk'"
# Always before its steps, or two would wait for each other.
LOCK = "SELECT FROM assets WHERE id = $1 FOR UPDATE"
OPEN = "SELECT FROM steps WHERE asset_id = $1 AND state <> 'done'"


@dataclass(frozen=True)
class Step:
    """A step as its holder took it. `attempt` and `plan` are its asset's; `lost` seconds went to a holder who vanished.

    `gives_way`: its programs leave the processor to those of other films.
    """

    id: UUID
    kind: str
    number: int
    seconds: float
    takes: int
    strikes: int
    holder: UUID
    lost: float | None
    asset_id: UUID
    attempt: int
    plan: str | None
    upload_id: UUID
    label_rungs: bool
    gives_way: bool = False


class Steps:
    """Statements on steps."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def choosing(self) -> AsyncIterator[Any]:
        """Open a transaction in which nobody else chooses; yields its connection."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute(ONE_AT_A_TIME)
            yield connection

    async def waiting(self, connection: Any, longest: float | None = None) -> list[Waiting]:
        """Return the films with open steps, and whether one that is about at most `longest` seconds of film may be taken."""
        return [Waiting(**dict(row)) for row in await connection.fetch(WAITING, longest)]

    async def take(self, connection: Any, turn: Turn, lease: float, longest: float | None = None) -> Step | None:
        """Take a film's next step for `lease` seconds; None where there is none."""
        await connection.execute(LOCK, turn.asset_id)
        row = await connection.fetchrow(TAKE, longest, turn.asset_id, new_id(), lease)
        if row is None:
            return None
        begun = (turn.asset_id, turn.start, row["lost"] or 0.0, row["kind"], row["number"], row["takes"])
        asset = await connection.fetchrow(BEGIN, *begun)
        return (
            Step(**dict(row), asset_id=turn.asset_id, **dict(asset), gives_way=turn.gives_way)
            if asset is not None
            else None
        )

    async def renew(self, step: Step, share: float, lease: float) -> bool:
        """Hold a step for longer and say how far it is; False when it is another's, or its asset has ended."""
        held = await self._db.pool.fetchval(
            "UPDATE steps SET lease_until = now() + make_interval(secs => $3), share = $4"
            " WHERE id = $1 AND holder = $2 RETURNING id",
            step.id,
            step.holder,
            lease,
            share,
        )
        if held is None:
            return False
        async with self._db.pool.acquire() as connection, connection.transaction():
            return await self._show(connection, step.asset_id)

    async def planned(self, step: Step, plan: str, parts: Sequence[Part]) -> bool:
        """Put a plan's parts into the queue in the place of the step that made it; those of the same plan stay as they are."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            if not await self._end(connection, step, None):
                return False
            await connection.execute("DELETE FROM steps WHERE id = $1", step.id)
            await connection.execute(
                "DELETE FROM steps s USING assets a WHERE s.asset_id = $1 AND a.id = $1 AND a.plan IS DISTINCT FROM $2",
                step.asset_id,
                plan,
            )
            await connection.execute("UPDATE assets SET plan = $2 WHERE id = $1", step.asset_id, plan)
            await connection.executemany(
                "INSERT INTO steps (id, asset_id, kind, number, seconds) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                [(new_id(), step.asset_id, part.kind, part.number, part.seconds) for part in parts],
            )
            await show_encoding(connection, step.asset_id, 0.0)
            await self._show(connection, step.asset_id)
            await self._finish_if_all_done(connection, step)
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        self._db.outbox_written.set()
        return True

    async def done(self, step: Step, result: dict[str, Any]) -> bool:
        """Keep what came of a part; False when the step is another's by now, or its asset has ended.

        Where the answer was lost it may be said again.
        """
        async with self._db.pool.acquire() as connection, connection.transaction():
            if not await self._end(connection, step, result):
                said = "SELECT FROM steps JOIN assets a ON a.id = asset_id WHERE steps.id = $1 AND state = 'done' AND result = $2"
                return bool(await connection.fetchval(f"SELECT EXISTS ({said} AND {LIVE})", step.id, result))
            await self._show(connection, step.asset_id)
            await self._finish_if_all_done(connection, step)
        self._db.outbox_written.set()
        return True

    async def results(self, step: Step) -> dict[tuple[str, int], dict[str, Any]]:
        """Return what came of each part of a film."""
        rows = await self._db.pool.fetch(
            "SELECT kind, number, result, takes FROM steps WHERE asset_id = $1 AND state = 'done'", step.asset_id
        )
        return {(row["kind"], row["number"]): {**row["result"], "takes": row["takes"]} for row in rows}

    async def again(self, step: Step, kind: str, number: int) -> None:
        """Have a part made again that is no longer in the object store, and give back the finish that missed it."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(
                "DELETE FROM steps WHERE id = $1 AND holder = $2 RETURNING id", step.id, step.holder
            ):
                await connection.execute(
                    "UPDATE steps SET state = 'waiting', result = NULL, share = 0, strikes = 0"
                    " WHERE asset_id = $1 AND kind = $2 AND number = $3",
                    step.asset_id,
                    kind,
                    number,
                )
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    async def plan_again(self, step: Step) -> None:
        """Begin a film anew whose plan cannot be read."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute(LOCK, step.asset_id)
            query = "SELECT EXISTS (SELECT FROM steps WHERE id = $1 AND holder = $2)"
            if await connection.fetchval(query, step.id, step.holder):
                await connection.execute("DELETE FROM steps WHERE asset_id = $1", step.asset_id)
                await first_step(connection, step.asset_id)

    async def release(self, step: Step, seconds: float, *, strike: bool) -> None:
        """Give a step back, to be taken again in `seconds`; without a `strike` where nothing went wrong."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute(LOCK, step.asset_id)
            taken = await connection.fetchval(
                "UPDATE steps SET state = 'waiting', holder = NULL, not_before = now() + make_interval(secs => $3),"
                " strikes = greatest(strikes - $4, 0) WHERE id = $1 AND holder = $2"
                " RETURNING extract(epoch FROM now() - taken_at)::float",
                step.id,
                step.holder,
                seconds,
                int(not strike),
            )
            if taken is not None:
                await connection.execute("UPDATE assets SET worked = worked + $2 WHERE id = $1", step.asset_id, taken)
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    async def any_free(self, connection: Any) -> bool:
        """Say whether there is a step that nobody does."""
        found = f"SELECT FROM steps s JOIN assets a ON a.id = s.asset_id WHERE {LIVE} AND s.state <> 'done' AND {FREE}"
        return bool(await connection.fetchval(f"SELECT EXISTS ({found})", None))

    async def live(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of these assets that are not over."""
        rows = await self._db.pool.fetch(f"SELECT id FROM assets a WHERE id = ANY($1) AND {LIVE}", list(ids))
        return {row["id"] for row in rows}

    async def _end(self, connection: Any, step: Step, result: dict[str, Any] | None) -> bool:
        """Mark a step as done and charge its film; the film stays locked, so that the last part done sees all others."""
        if not await connection.fetchval(f"SELECT id FROM assets a WHERE id = $1 AND {LIVE} FOR UPDATE", step.asset_id):
            return False
        taken = await connection.fetchval(
            "UPDATE steps SET state = 'done', holder = NULL, share = 1, result = $3 WHERE id = $1 AND holder = $2"
            " RETURNING extract(epoch FROM now() - taken_at)::float",
            step.id,
            step.holder,
            result,
        )
        if taken is None:
            return False
        query = "UPDATE assets SET worked = worked + $2, updated_at = now() WHERE id = $1"
        await connection.execute(query, step.asset_id, taken)
        return True

    async def _finish_if_all_done(self, connection: Any, step: Step) -> None:
        if not await connection.fetchval(f"SELECT EXISTS ({OPEN})", step.asset_id):
            await connection.execute(
                "INSERT INTO steps (id, asset_id, kind, number) SELECT $2, id, 'finish', attempt FROM assets WHERE id = $1",
                step.asset_id,
                new_id(),
            )
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    async def _show(self, connection: Any, asset_id: UUID) -> bool:
        """Show how far the chunks of a film are, with an event each tenth; False when the film has ended."""
        film = await connection.fetchrow(
            f"SELECT a.status, ({FILM}) AS share FROM assets a WHERE a.id = $1 AND {LIVE}", asset_id
        )
        if film is None:
            return False
        if film["status"] == "encoding" and await show_encoding(connection, asset_id, film["share"]):
            self._db.outbox_written.set()
        return True
