"""Objects of the store that no picture names; their time is the database's, so that replicas agree on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

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


async def hold(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Return which of some noted keys a picture may be given: nobody deletes these before this transaction ends."""
    held = await session.execute(
        text(
            "SELECT key FROM loose_objects WHERE key = ANY (CAST(:keys AS text[])) AND swept_at IS NULL AND tries = 0"
            " ORDER BY key FOR UPDATE"
        ),
        {"keys": list(keys)},
    )
    return set(held.scalars())


async def former(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """Return the picture that an object was of, as the trigger noted its row, held as a whole; None if it went."""
    found = await session.execute(text("SELECT picture FROM loose_objects WHERE key = :key"), {"key": key})
    picture: dict[str, Any] | None = found.scalar()
    if picture is None:
        return None
    keys = set(picture["variants"].values())
    return picture if await hold(session, keys) == keys else None


async def take(session: AsyncSession, limit: int, lease: timedelta) -> list[str]:
    """Return keys whose time has come, at most `limit`; nobody else gets them before the lease is over.

    It is twice as long after each try, for up to 32 times.
    """
    taken = await session.execute(
        text(
            "UPDATE loose_objects SET due_at = now() + CAST(:lease AS interval) * power(2, least(tries, 5)), tries = tries + 1"
            " WHERE key IN (SELECT key FROM loose_objects"
            " WHERE swept_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING key"
        ),
        {"limit": limit, "lease": lease},
    )
    return list(taken.scalars())


async def release(session: AsyncSession, keys: Collection[str], later: timedelta) -> None:
    """Give back keys that were taken and not tried: their time comes again."""
    await session.execute(
        text(
            "UPDATE loose_objects SET due_at = now() + :later, tries = greatest(tries - 1, 0)"
            " WHERE key = ANY (CAST(:keys AS text[]))"
        ),
        {"keys": list(keys), "later": later},
    )


async def named(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Return which of some keys pictures are made of, whoever these are of."""
    found = await session.execute(
        text(
            "SELECT key FROM unnest(CAST(:keys AS text[])) AS u (key)"
            " WHERE EXISTS (SELECT FROM images WHERE jsonb_path_query_array(variants, '$.*') ? key)"
            " OR EXISTS (SELECT FROM title_images WHERE jsonb_path_query_array(variants, '$.*') ? key)"
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
        text("UPDATE loose_objects SET swept_at = now(), picture = NULL WHERE key = ANY (CAST(:keys AS text[]))"),
        {"keys": list(keys)},
    )
