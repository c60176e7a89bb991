"""What was deleted, as its log has it: it can be brought back."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.problems import Conflict, NotFound
from services.catalog.repository import titles


class NotDeleted(Conflict):
    """This has not been deleted: there is nothing to bring back."""

    code = "not_deleted"


class Deleted(NamedTuple):
    """What something was when it was deleted, by the edit of that version, and when it was first made."""

    before: dict[str, Any]
    version: int
    created_at: datetime


async def deletion(session: AsyncSession, subject_id: UUID, never: type[NotFound]) -> Deleted:
    """Return what something was that was deleted.

    Raises `never` for what there never was, `NotDeleted` for what is there.
    """
    log = await titles.edits_after(session, subject_id, 0)
    if not log:
        raise never
    last, first = log[0], log[-1]
    if last.before is None or last.after is not None:
        raise NotDeleted
    return Deleted(last.before, last.version or 0, first.at)
