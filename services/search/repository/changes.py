"""Titles and people in the order they changed: what every index follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

CHANNEL = "search_changes"
# Who changes anything holds this until the commit, so that numbers appear in the order they were given: an index that has
# seen number 7 never misses a number 6.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('bijou.search.changes'))")


async def lock(session: AsyncSession) -> None:
    """Wait for the turn to change what indexes follow; it is had until the transaction ends."""
    await session.execute(_LOCK)


async def tell(session: AsyncSession) -> None:
    """Wake those who follow, at the commit."""
    await session.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))


async def after(db: Database, position: int, limit: int) -> list[Any]:
    """What changed after a position, the oldest first; rows of titles have an `entry`, rows of people a `name`."""
    return await _changed(db, "true", position, limit)


async def alone(db: Database, position: int, limit: int) -> list[Any]:
    """As `after`, of what did not come with a crowd."""
    return await _changed(db, "NOT crowd", position, limit)


async def _changed(db: Database, which: str, position: int, limit: int) -> list[Any]:
    return await db.pool.fetch(
        f"""(SELECT t.seq, t.crowd, t.title_id AS id, t.status, t.entry, s.rating, s.ratings, s.popularity, s.watched,
              NULL AS name, NULL::text[] AS other_names, NULL::bool AS known
            FROM titles t LEFT JOIN signals s USING (title_id) WHERE t.seq > $1 AND {which} ORDER BY t.seq LIMIT $2)
           UNION ALL
           (SELECT p.seq, p.crowd, p.person_id, NULL, NULL, NULL, NULL, NULL, NULL, p.name, p.other_names, p.known
            FROM people p WHERE p.seq > $1 AND {which} ORDER BY p.seq LIMIT $2)
           ORDER BY seq LIMIT $2""",  # noqa: S608  (one of two conditions, written here)
        position, limit,
    )  # fmt: skip


async def share(db: Database, position: int, limit: int, last: int, number: int, of: int) -> list[Any]:
    """As `after`, of changes up to the `last` those whose number leaves `number` when it is divided by `of`."""
    return await db.pool.fetch(
        """(SELECT t.seq, t.title_id AS id, t.status, t.entry, s.rating, s.ratings, s.popularity, s.watched,
              NULL AS name, NULL::text[] AS other_names, NULL::bool AS known
            FROM titles t LEFT JOIN signals s USING (title_id)
            WHERE t.seq > $1 AND t.seq <= $3 AND t.seq % $5 = $4 ORDER BY t.seq LIMIT $2)
           UNION ALL
           (SELECT p.seq, p.person_id, NULL, NULL, NULL, NULL, NULL, NULL, p.name, p.other_names, p.known
            FROM people p WHERE p.seq > $1 AND p.seq <= $3 AND p.seq % $5 = $4 ORDER BY p.seq LIMIT $2)
           ORDER BY seq LIMIT $2""",
        position, limit, last, number, of,
    )  # fmt: skip


async def are_more_than(db: Database, many: int) -> bool:
    """Whether there are more titles and people than so many."""
    counted = "SELECT count(*) FROM (SELECT 1 FROM titles UNION ALL SELECT 1 FROM people LIMIT $1) counted"
    return bool(await db.pool.fetchval(counted, many + 1) > many)


async def last(db: Database) -> int:
    """The number of the newest change."""
    return int(
        await db.pool.fetchval("SELECT greatest((SELECT max(seq) FROM titles), (SELECT max(seq) FROM people), 0)")
    )


@dataclass(frozen=True, slots=True)
class History:
    """Whose changes are counted: numbers of another `database` say nothing here, the last of another `timeline` little."""

    database: str
    timeline: int


async def history(db: Database) -> History:
    """The history of changes. A restored dump is another database; a server that took over goes on with a new timeline."""
    row = await db.pool.fetchrow(
        "SELECT concat_ws('/', s.system_identifier, d.oid, 'titles'::regclass::oid) AS database, c.timeline_id AS timeline"
        " FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()"
    )
    assert row is not None
    return History(row["database"], row["timeline"])


async def wanted_build(db: Database) -> int:
    """How often somebody has asked for new indexes."""
    return int(await db.pool.fetchval("SELECT coalesce(max(number), 0) FROM rebuilds"))


async def ask_for_rebuild(db: Database) -> int:
    """Have every replica build its index anew; return the number of the rebuild."""
    async with db.transaction() as session:
        made = await session.execute(
            text(
                "INSERT INTO rebuilds (number, asked_at) SELECT coalesce(max(number), 0) + 1, now() FROM rebuilds"
                " RETURNING number"
            )
        )
        number = int(made.scalar_one())
        await tell(session)
    return number
