"""The vectors of what titles mean: worked out once, by one replica, for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('bijou.search.meanings'))")
_WANTED = text("""
SELECT t.seq, t.title_id, t.version, t.entry, CASE WHEN m.model = :model THEN m.digest END AS digest
FROM titles t LEFT JOIN meanings m USING (title_id)
WHERE t.seq > :position AND t.status = 'published'
  AND (m.version IS DISTINCT FROM t.version OR m.model IS DISTINCT FROM :model)
ORDER BY t.seq LIMIT :most
""")
_SAME = text("UPDATE meanings SET version = :version WHERE title_id = :title_id")
_NEW = text("""
INSERT INTO meanings (title_id, version, model, digest, vector)
VALUES (:title_id, :version, :model, :digest, :vector)
ON CONFLICT (title_id) DO UPDATE SET version = excluded.version, model = excluded.model, digest = excluded.digest,
  vector = excluded.vector, seq = nextval('meanings_changes')
""")


async def turn(session: AsyncSession) -> bool:
    """Take the turn to work them out, until the transaction ends; False where another replica has it."""
    return bool((await session.execute(_TURN)).scalar())


async def wanted(session: AsyncSession, model: str, position: int, most: int) -> Sequence[Any]:
    """Titles after a position that have changed since their vector was made; `digest` is that of the text it was made of."""
    return (await session.execute(_WANTED, {"model": model, "position": position, "most": most})).all()


async def keep(session: AsyncSession, new: Sequence[dict[str, Any]], same: Sequence[dict[str, Any]]) -> None:
    """Keep vectors that are `new`; of titles that say the `same` as before only note the version."""
    for statement, rows in ((_NEW, new), (_SAME, same)):
        if rows:
            await session.execute(statement, list(rows))


async def after(db: Database, model: str, position: int, most: int) -> list[Any]:
    """The vectors that were kept after a position, the oldest first."""
    return await db.pool.fetch(
        "SELECT seq, title_id, vector FROM meanings WHERE seq > $1 AND model = $2 ORDER BY seq LIMIT $3",
        position, model, most,
    )  # fmt: skip
