"""What the pipeline told of assets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import Asset


async def asset(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """Return an asset."""
    return await session.get(Asset, asset_id, populate_existing=True)


async def of_playable(session: AsyncSession, playable_id: UUID) -> list[Asset]:
    """Return a playable's assets, the newest upload first."""
    statement = (
        select(Asset)
        .where(Asset.playable_id == playable_id)
        .order_by(Asset.uploaded_at.desc().nulls_last(), Asset.asset_id.desc())
    )
    return list(await session.scalars(statement))


async def put(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert or replace what is known of an asset unless something as new is known already; say whether it was news.

    A failure does not tell `uploaded_at`; what was known of it is kept.
    """
    statement = insert(Asset).values(values)
    news = statement.on_conflict_do_update(
        index_elements=["asset_id"],
        set_={
            **{name: statement.excluded[name] for name in values if name not in ("asset_id", "uploaded_at")},
            "uploaded_at": func.coalesce(statement.excluded.uploaded_at, Asset.uploaded_at),
        },
        # A ready asset's files stay where they are, whatever became of a later attempt.
        where=(statement.excluded.version > Asset.version)
        & ((Asset.status == "failed") | (statement.excluded.status == "ready")),
    ).returning(Asset.asset_id)
    return (await session.execute(news)).first() is not None
