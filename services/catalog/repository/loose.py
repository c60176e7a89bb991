"""Objects of the store that no picture names; their time is the database's, so that replicas agree on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def claim(session: AsyncSession, keys: Collection[str], keep: timedelta) -> bool:
    """Note objects that are about to be made; False where one of the keys has been noted before, and is not to be used.

    What no picture names by then is deleted after `keep`.
    """
    claimed = await session.execute(
        text(
            "INSERT INTO loose_objects (key, due_at) SELECT key, now() + :keep FROM unnest(CAST(:keys AS text[])) AS u (key)"
            " ORDER BY key ON CONFLICT DO NOTHING RETURNING key"
        ),
        {"keys": list(keys), "keep": keep},
    )
    return len(claimed.all()) == len(set(keys))


async def take(session: AsyncSession, limit: int, lease: timedelta) -> list[str]:
    """Return keys whose time has come, at most `limit`; nobody else gets them before the lease is over."""
    taken = await session.execute(
        text(
            "UPDATE loose_objects SET due_at = now() + :lease WHERE key IN (SELECT key FROM loose_objects"
            " WHERE swept_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING key"
        ),
        {"limit": limit, "lease": lease},
    )
    return list(taken.scalars())


async def named(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Return which of some keys pictures are made of. A key has the id of what its picture is of in it."""
    found = await session.execute(
        text(
            "WITH asked AS (SELECT key, CAST(m[1] AS uuid) AS owner FROM unnest(CAST(:keys AS text[])) AS u (key),"
            " regexp_matches(key, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') AS m)"
            " SELECT v.value FROM asked a JOIN images i ON i.owner_id = a.owner, jsonb_each_text(i.variants) v"
            " WHERE v.value = a.key UNION"
            " SELECT v.value FROM asked a JOIN title_images i ON i.title_id = a.owner, jsonb_each_text(i.variants) v"
            " WHERE v.value = a.key"
        ),
        {"keys": list(keys)},
    )
    return set(found.scalars())


async def forget(session: AsyncSession, keys: Collection[str]) -> None:
    """Take away the note of objects that are in use."""
    await session.execute(
        text("DELETE FROM loose_objects WHERE key = ANY (CAST(:keys AS text[]))"), {"keys": list(keys)}
    )


async def swept(session: AsyncSession, keys: Collection[str]) -> None:
    """Note objects as deleted; their keys are given to nothing new for a while."""
    await session.execute(
        text("UPDATE loose_objects SET swept_at = now() WHERE key = ANY (CAST(:keys AS text[]))"), {"keys": list(keys)}
    )
