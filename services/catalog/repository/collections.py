"""Collections: what viewers see of them on the asyncpg pool, and what editors change in transactions."""

# ruff: noqa: S608  (put together from the constants of this file)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.chassis.languages import looked_up
from services.catalog.models import Collection, CollectionItem, Title
from services.catalog.repository.browse import CARD, VISIBLE, Viewer

OPEN = """(c.starts_at IS NULL OR c.starts_at <= $3) AND (c.ends_at IS NULL OR c.ends_at > $3)
AND (c.regions = '{}' OR $1 = ANY (c.regions))"""
# One line for each title of a collection `c` that the viewer may see, at most $5 of each.
SHOWN = f"""SELECT c.id AS collection_id, c.name AS collection_name, c.description AS collection_description,
c.texts AS collection_texts, {CARD}
FROM collections c JOIN LATERAL (SELECT t.*, i.position AS place FROM collection_items i JOIN titles t ON t.id = i.title_id
  WHERE i.collection_id = c.id AND {VISIBLE} ORDER BY i.position LIMIT $5) t ON true WHERE {OPEN}"""


async def rows(db: Database, viewer: Viewer, each: int) -> list[Any]:
    """Return the cards of the collections on the home page, `each` of one at most, in their order."""
    return await db.pool.fetch(
        f"{SHOWN} AND c.home_place IS NOT NULL ORDER BY c.home_place, c.id, t.place",
        viewer.country, viewer.maturity, viewer.now, looked_up(viewer.languages), each,
    )  # fmt: skip


async def cards(db: Database, viewer: Viewer, collection_id: UUID, most: int) -> list[Any]:
    """Return the cards of a collection in its order; none where the viewer may not see it."""
    return await db.pool.fetch(
        f"{SHOWN} AND c.id = $6 ORDER BY t.place",
        viewer.country, viewer.maturity, viewer.now, looked_up(viewer.languages), most, collection_id,
    )  # fmt: skip


async def lock(session: AsyncSession, collection_id: UUID) -> Collection | None:
    """Return a collection that nobody else changes until the transaction ends."""
    return await session.get(Collection, collection_id, with_for_update=True, populate_existing=True)


async def read(session: AsyncSession, collection_id: UUID) -> Collection | None:
    """Return a collection."""
    return await session.get(Collection, collection_id)


async def titles(session: AsyncSession, collection_id: UUID) -> list[Any]:
    """Return the titles of a collection as `(id, name, status)`, in its order and in whatever status."""
    found = await session.execute(
        select(Title.id, Title.name, Title.status)
        .join(CollectionItem, CollectionItem.title_id == Title.id)
        .where(CollectionItem.collection_id == collection_id)
        .order_by(CollectionItem.position)
    )
    return list(found)


async def unknown(session: AsyncSession, title_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of these titles there are not."""
    known = set(await session.scalars(select(Title.id).where(Title.id.in_(title_ids))))
    return [title_id for title_id in title_ids if title_id not in known]


async def put_titles(session: AsyncSession, collection_id: UUID, title_ids: Sequence[UUID]) -> None:
    """Make these the titles of a collection, in this order."""
    await session.execute(delete(CollectionItem).where(CollectionItem.collection_id == collection_id))
    session.add_all(
        CollectionItem(collection_id=collection_id, title_id=title_id, position=place)
        for place, title_id in enumerate(title_ids)
    )


async def table(session: AsyncSession, limit: int, offset: int) -> tuple[list[Any], int]:
    """Return one page of collections with how many titles each has, those of the home page first, and how many there are."""
    total = (await session.execute(select(func.count()).select_from(Collection))).scalar_one()
    count = select(func.count()).where(CollectionItem.collection_id == Collection.id).scalar_subquery()
    statement = (
        select(Collection, count)
        .order_by(Collection.home_place.asc().nulls_last(), Collection.created_at.desc(), Collection.id)
        .limit(limit)
        .offset(offset)
    )
    return list(await session.execute(statement)), total
