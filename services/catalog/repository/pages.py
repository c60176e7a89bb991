"""What pages outside the API are made of: titles by their slugs, and the list of all that the public may know."""

# ruff: noqa: S608  (put together from the constants of this file)

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from services.catalog.repository.browse import GENRES, IMAGES, VISIBLE, Viewer

NAMED = """SELECT id FROM titles WHERE slug = $4 UNION ALL SELECT title_id FROM former_slugs WHERE slug = $4 LIMIT 1"""


def _args(viewer: Viewer) -> tuple[str, int, datetime]:
    return viewer.country, viewer.maturity, viewer.now


async def id_of(db: Database, viewer: Viewer, slug: str) -> UUID | None:
    """Return the title that has this slug, or had it before, where the viewer may see it."""
    found: UUID | None = await db.pool.fetchval(
        f"SELECT t.id FROM titles t WHERE t.id = ({NAMED}) AND {VISIBLE}", *_args(viewer), slug
    )
    return found


async def facts(db: Database, viewer: Viewer, title_id: UUID) -> Any | None:
    """Return what a page says of a title before anybody has signed in."""
    return await db.pool.fetchrow(
        f"""SELECT t.slug, t.type, t.name, t.description, t.year, {GENRES} AS genres, t.cast_names, t.directors, t.language,
        t.maturity, t.runtime, {IMAGES} AS images, coalesce(r.count, 0) AS rating_count, coalesce(r.sum, 0) AS rating_sum
        FROM titles t LEFT JOIN rating_totals r ON r.title_id = t.id WHERE {VISIBLE} AND t.id = $4""",
        *_args(viewer), title_id,
    )  # fmt: skip


async def count(db: Database, viewer: Viewer) -> int:
    """Return how many titles the viewer may see."""
    found: int = await db.pool.fetchval(f"SELECT count(*) FROM titles t WHERE {VISIBLE}", *_args(viewer))
    return found


async def slugs(db: Database, viewer: Viewer, limit: int, offset: int) -> list[Any]:
    """Return one page of `(slug, changed_at)` of all that the viewer may see, the oldest first."""
    return await db.pool.fetch(
        f"SELECT t.slug, t.changed_at FROM titles t WHERE {VISIBLE} ORDER BY t.published_at, t.id LIMIT $4 OFFSET $5",
        *_args(viewer), limit, offset,
    )  # fmt: skip
