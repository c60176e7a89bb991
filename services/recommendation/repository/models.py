"""The models there are, which is in use, and what they are trained from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from services.recommendation.repository import changes, longer

BATCH = 10_000

# Two who choose at once choose one after the other.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('bijou.recommendation.models'))")
_CHOOSE = text("UPDATE models SET chosen = (SELECT coalesce(max(chosen), 0) + 1 FROM models) WHERE version = :version")
_GO_BACK = text("""
UPDATE models SET chosen = NULL WHERE chosen = (SELECT max(chosen) FROM models)
  AND (SELECT count(*) FROM models WHERE chosen IS NOT NULL) > 1 RETURNING version
""")

_DROP_OLD = text("""
DELETE FROM models WHERE version NOT IN (SELECT version FROM models ORDER BY made_at DESC, version DESC LIMIT :kept)
  AND version NOT IN (SELECT version FROM models WHERE chosen IS NOT NULL ORDER BY chosen DESC LIMIT :chosen)
RETURNING version
""")


async def chosen(db: Database) -> list[Any]:
    """The `version`, `digest` and `card` of the models that were chosen, the one to answer with first."""
    return await db.pool.fetch("SELECT version, digest, card FROM models WHERE chosen IS NOT NULL ORDER BY chosen DESC")


async def every(db: Database) -> list[Any]:
    """All models, the newest first; the one with the highest `chosen` is in use."""
    return await db.pool.fetch("SELECT version, made_at, digest, card, chosen FROM models ORDER BY made_at DESC")


async def add(session: AsyncSession, version: str, digest: str, card: dict[str, Any], now: datetime) -> None:
    """Write down a model that lies in the store."""
    await session.execute(
        text(
            "INSERT INTO models (version, made_at, digest, card) VALUES (:version, :now, :digest, CAST(:card AS jsonb))"
        ),
        {"version": version, "now": now, "digest": digest, "card": orjson.dumps(card).decode()},
    )


async def drop_old(session: AsyncSession, kept: int, chosen: int) -> list[str]:
    """Delete all but the last models and the last chosen ones, among them the one in use; return their versions."""
    await session.execute(_LOCK)
    return list((await session.execute(_DROP_OLD, {"kept": kept, "chosen": chosen})).scalars())


async def choose(session: AsyncSession, version: str) -> None:
    """Have every replica answer with this model."""
    await session.execute(_LOCK)
    await session.execute(_CHOOSE, {"version": version})
    await changes.tell(session)


async def go_back(session: AsyncSession) -> str | None:
    """Have every replica answer with the model before; return the version that was left, None where there is no other."""
    await session.execute(_LOCK)
    left: str | None = (await session.execute(_GO_BACK)).scalar_one_or_none()
    await changes.tell(session)
    return left


async def genres(db: Database, title_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The genres of titles, published or not."""
    rows = await db.pool.fetch(
        "SELECT title_id, ARRAY(SELECT jsonb_array_elements_text(entry -> 'genres')) AS genres FROM titles"
        " WHERE title_id = ANY ($1) AND jsonb_typeof(entry -> 'genres') = 'array'",
        list(title_ids),
    )
    return {row["title_id"]: row["genres"] for row in rows}


async def agreed(db: Database) -> dict[UUID, datetime | None]:
    """The profiles of which something is learned, and until when what they did was forgotten, None where nothing was."""
    async with longer.reading(db) as connection:
        rows = await connection.fetch(
            f"WITH {longer.AGREED} SELECT profile_id, greatest(r.at, c.at) AS since FROM agreed"  # noqa: S608
            " LEFT JOIN resets r USING (profile_id) LEFT JOIN clearings c USING (profile_id)",
            timeout=longer.SECONDS,
        )
    return {row["profile_id"]: row["since"] for row in rows}


async def hidden(db: Database) -> dict[tuple[UUID, UUID], datetime]:
    """The titles that profiles hid from their histories, by profile and title, and when: plays of until then are none."""
    async with longer.reading(db) as connection:
        rows = await connection.fetch("SELECT profile_id, title_id, at FROM hidden_titles", timeout=longer.SECONDS)
    return {(row["profile_id"], row["title_id"]): row["at"] for row in rows}


async def plays(db: Database) -> AsyncIterator[Any]:
    """What to train from: `profile_id`, `title_id`, `at` (Unix seconds), in the order of profiles and times.

    Of profiles that agreed to it, and no child's. A title is where it was watched first: at the time of the last play an old
    one that is watched again would be taken for something new that followed all the others.
    """
    async with longer.reading(db) as connection:
        rows = connection.cursor(
            f"WITH {longer.AGREED} SELECT profile_id, title_id, extract(epoch FROM first_at)::float8 AS at"  # noqa: S608
            " FROM plays JOIN agreed USING (account_id, profile_id)"
            " WHERE watched IS NULL OR watched >= 60 OR finished ORDER BY profile_id, first_at, title_id",
            prefetch=BATCH,
            timeout=longer.SECONDS,
        )
        async for row in rows:
            yield row
