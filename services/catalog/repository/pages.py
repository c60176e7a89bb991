"""What pages outside the API are made of: titles by their slugs, people, genres, collections, all that the public may know."""

# ruff: noqa: S608  (put together from the constants of this file)

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from libs.chassis.languages import looked_up
from services.catalog.repository.browse import GENRES, IMAGES, LOCAL, VISIBLE, Viewer
from services.catalog.repository.collections import OPEN

# Whom a slug means: who has it, else who had it. A draft that has taken it means nothing yet to whoever may not see it.
NAMED = """SELECT id, 1 AS place FROM titles WHERE slug = $4
UNION ALL SELECT title_id, 2 FROM former_slugs WHERE slug = $4"""

ALIAS = {"titles": "t", "people": "p", "collections": "c"}
# Whom somebody finds on the pages of titles has a page too.
FOUND = {
    "titles": f"FROM titles t WHERE {VISIBLE}",
    "people": f"""FROM people p WHERE p.merged_into IS NULL AND EXISTS (
      SELECT FROM credits c JOIN titles t ON t.id = c.title_id
      LEFT JOIN episodes e ON e.id = c.episode_id LEFT JOIN playables y ON y.id = e.playable_id
      WHERE c.person_id = p.id AND (c.episode_id IS NULL OR y.asset_id IS NOT NULL) AND {VISIBLE})""",
    "collections": f"""FROM collections c WHERE {OPEN} AND EXISTS (
      SELECT FROM collection_items i JOIN titles t ON t.id = i.title_id WHERE i.collection_id = c.id AND {VISIBLE})""",
}
# What a page that lists titles says of each.
LISTED = f"t.slug, {IMAGES} AS images"


def _args(viewer: Viewer) -> tuple[str, int, datetime]:
    return viewer.country, viewer.maturity, viewer.now


async def id_of(db: Database, viewer: Viewer, slug: str) -> UUID | None:
    """Return the title that has this slug, or had it before, where the viewer may see it."""
    found: UUID | None = await db.pool.fetchval(
        f"SELECT t.id FROM ({NAMED}) n JOIN titles t ON t.id = n.id WHERE {VISIBLE} ORDER BY n.place LIMIT 1",
        *_args(viewer), slug,
    )  # fmt: skip
    return found


async def facts(db: Database, viewer: Viewer, title_id: UUID) -> Any | None:
    """Return what a page says of a title before anybody has signed in."""
    return await db.pool.fetchrow(
        f"""SELECT t.slug, t.type, t.name, t.description, t.tagline, t.year, {GENRES} AS genres, t.cast_names, t.directors,
        t.language, t.maturity, t.runtime, {IMAGES} AS images, {LOCAL}, coalesce(r.count, 0) AS rating_count,
        coalesce(r.sum, 0) AS rating_sum
        FROM titles t LEFT JOIN rating_totals r ON r.title_id = t.id WHERE {VISIBLE} AND t.id = $5""",
        *_args(viewer), looked_up(viewer.languages), title_id,
    )  # fmt: skip


async def is_seen(db: Database, viewer: Viewer, person_id: UUID) -> bool:
    """Whether a person has a part in something that the viewer may see."""
    found = await db.pool.fetchval(f"SELECT EXISTS (SELECT {FOUND['people']} AND p.id = $4)", *_args(viewer), person_id)
    return bool(found)


async def starts(db: Database, viewer: Viewer, what: str, every: int) -> list[UUID]:
    """Return the first id of every page of all that the viewer may see, so that no page counts those before it."""
    one = ALIAS[what]
    rows = await db.pool.fetch(
        f"SELECT id FROM (SELECT {one}.id, row_number() OVER (ORDER BY {one}.id) AS n {FOUND[what]}) x"
        " WHERE (n - 1) % $4 = 0 ORDER BY id",
        *_args(viewer), every,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def titles(db: Database, viewer: Viewer, first: UUID, limit: int) -> list[Any]:
    """Return `(ref, changed_at)` of titles that the viewer may see, from an id on; `ref` is the slug."""
    return await db.pool.fetch(
        f"SELECT t.slug AS ref, t.changed_at {FOUND['titles']} AND t.id >= $4 ORDER BY t.id LIMIT $5",
        *_args(viewer), first, limit,
    )  # fmt: skip


async def people(db: Database, viewer: Viewer, first: UUID, limit: int) -> list[Any]:
    """The same of people; `ref` is the id."""
    return await db.pool.fetch(
        f"SELECT p.id::text AS ref, p.changed_at {FOUND['people']} AND p.id >= $4 ORDER BY p.id LIMIT $5",
        *_args(viewer), first, limit,
    )  # fmt: skip


async def collections(db: Database, viewer: Viewer, first: UUID, limit: int) -> list[Any]:
    """The same of collections; `ref` is the id."""
    return await db.pool.fetch(
        f"SELECT c.id::text AS ref, c.changed_at {FOUND['collections']} AND c.id >= $4 ORDER BY c.id LIMIT $5",
        *_args(viewer), first, limit,
    )  # fmt: skip


async def of_genre(db: Database, viewer: Viewer, genre: str, limit: int) -> list[Any]:
    """Return the genre's name with each of its newest titles that the viewer may see."""
    return await db.pool.fetch(
        f"""SELECT g.name, '' AS description, {LISTED} FROM genres g JOIN titles t ON t.genres @> ARRAY[g.slug]
        WHERE g.slug = $4 AND {VISIBLE} ORDER BY t.published_at DESC, t.id DESC LIMIT $5""",
        *_args(viewer), genre, limit,
    )  # fmt: skip


async def of_collection(db: Database, viewer: Viewer, collection_id: UUID, limit: int) -> list[Any]:
    """Return what the collection says, in every language, with each of its first titles that the viewer may see."""
    return await db.pool.fetch(
        f"""SELECT c.name, c.description, c.texts AS part_texts, {LISTED} FROM collections c
        JOIN collection_items i ON i.collection_id = c.id
        JOIN titles t ON t.id = i.title_id
        WHERE c.id = $4 AND {OPEN} AND {VISIBLE} ORDER BY i.position LIMIT $5""",
        *_args(viewer), collection_id, limit,
    )  # fmt: skip
