"""The log of edits as staff read it: each with the name of who made it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.repository import accounts, titles
from services.catalog.schemas.admin_audit import AuditItem


async def entries(session: AsyncSession, subject_id: UUID, limit: int) -> list[AuditItem]:
    """Return the edits of a title, a person or a collection, the newest first; also of what was deleted."""
    found = await titles.audit(session, subject_id, limit)
    names = await accounts.names(session, (item.actor for item in found))
    items = [AuditItem.model_validate(item, from_attributes=True) for item in found]
    return [item.model_copy(update={"actor_name": names.get(item.actor)}) for item in items]
