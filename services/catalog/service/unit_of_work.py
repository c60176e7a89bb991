"""The frame of every edit: the title's lock, its version, the audit row and the event, all in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.problems import NotFound, PreconditionFailed
from libs.contracts.catalog import TitleChanged
from services.catalog.models import Title
from services.catalog.repository import lifecycle, titles
from services.catalog.repository.titles import Whole
from services.catalog.service import snapshot

ARRIVAL = "asset_ready"  # the one edit that nobody makes: the pipeline has finished an asset


class TitleNotFound(NotFound):
    """There is no such title here."""

    code = "title_not_found"


class VersionMismatch(PreconditionFailed):
    """Somebody changed this title since you read it. Reload it and make your change again."""

    code = "version_mismatch"


class Edit:
    """An edit under way; `whole` is the title before it, and after the block the title as it was committed."""

    def __init__(self, session: AsyncSession, title: Title, whole: Whole) -> None:
        self.session = session
        self.title = title
        self.whole = whole


def check_version(title: Title, expect: int | None) -> None:
    """Raise `VersionMismatch` unless a title is at the version that is expected, if any is."""
    if expect is not None and title.version != expect:
        raise VersionMismatch(version=title.version)


def assign(row: Any, patch: BaseModel, *, apart: Collection[str] = ()) -> None:
    """Give a row what a patch says of it, `apart` from some fields; what the patch leaves out stays."""
    for name, value in patch.model_dump(exclude_unset=True, exclude=set(apart)).items():
        setattr(row, name, value)


@asynccontextmanager
async def edit(
    session: AsyncSession,
    title_id: UUID,
    *,
    action: str,
    actor: UUID | None,
    now: datetime,
    expect: int | None = None,
    touch: bool = False,
) -> AsyncIterator[Edit]:
    """Hold the title and, if the block changed anything: new version, audit row, and the event once it was published.

    With `expect` the title must be at that version. `touch`: what its event says changes even where no fact of its own does.
    What somebody changes of a title that is being reviewed, or that was approved, is reviewed again.
    """
    title = await titles.lock(session, title_id)
    if title is None:
        raise TitleNotFound
    check_version(title, expect)
    editing = Edit(session, title, await titles.load(session, title))
    facts = snapshot.record(editing.whole)
    yield editing
    editing.whole = await titles.load(session, title)
    if told := await _settle(editing, facts, action=action, actor=actor, now=now, touch=touch):
        await outbox.add(session, told)


@asynccontextmanager
async def edit_many(
    session: AsyncSession,
    ids: Collection[UUID],
    *,
    action: str,
    actor: UUID,
    now: datetime,
    tell: Callable[[Sequence[TitleChanged]], Awaitable[None]],
    touch: bool = False,
) -> AsyncIterator[list[Edit]]:
    """The same for many titles, in the order of their ids; `tell` takes what is told of them in place of the outbox."""
    held = await titles.lock_all(session, ids)
    wholes = await titles.load_all(session, held)
    edits = [Edit(session, title, wholes[title.id]) for title in held]
    facts = [snapshot.record(editing.whole) for editing in edits]
    yield edits
    wholes = await titles.load_all(session, held)
    told = []
    for editing, known in zip(edits, facts, strict=True):
        editing.whole = wholes[editing.title.id]
        if event := await _settle(editing, known, action=action, actor=actor, now=now, touch=touch):
            told.append(event)
    await tell(told)


async def _settle(
    editing: Edit, facts: dict[str, Any], *, action: str, actor: UUID | None, now: datetime, touch: bool = False
) -> TitleChanged | None:
    """Give an edit its version and its line in the log if it changed any of the facts; return what others are told of it."""
    session, title = editing.session, editing.title
    before, after = snapshot.difference(facts, snapshot.record(editing.whole))
    if not (after or touch):
        return None
    # When a title goes on by itself is none of its words.
    words = after.keys() - {snapshot.SCHEDULE}
    if actor is not None and words and not touch and "status" not in after and await is_reviewed(session, title, actor):
        await _review_again(session, title, actor, now)
        before, after = snapshot.difference(facts, snapshot.record(editing.whole))
    title.version += 1
    title.changed_at = now
    if after:
        await titles.write_audit(
            session,
            id=new_id(),
            subject_id=title.id,
            actor=actor,
            action=action,
            version=title.version,
            before=before,
            after=after,
            at=now,
        )
    return None if title.published_at is None else snapshot.event(editing.whole)


async def is_reviewed(session: AsyncSession, title: Title, actor: UUID) -> bool:
    """Tell whether somebody else than `actor` looks, or has looked, at what this title says before viewers do."""
    if title.status not in ("review", "approved", "scheduled") or not await was_seen(session, title):
        return False
    return title.status != "scheduled" or await lifecycle.vouched_by(session, title.id) != actor


async def was_seen(session: AsyncSession, title: Title) -> bool:
    """Tell whether somebody looks, or has looked, at what this title says before viewers do; who vouches for it has."""
    if title.status == "scheduled":  # where nothing is reviewed a draft can be scheduled as it is
        return await lifecycle.was_approved(session, title.id)
    return title.status != "draft"


async def _review_again(session: AsyncSession, title: Title, actor: UUID, now: datetime) -> None:
    if title.status != "review" or await lifecycle.submitter(session, title.id) != actor:
        leads = title.status, "review"
        lifecycle.add_step(session, title.id, actor, "change", leads, "Changed after it was submitted.", now)
    title.status = "review"
