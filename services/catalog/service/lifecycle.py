"""A title's way from draft to archive: who may take which step, and its reasons."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Conflict, Forbidden, Invalid
from libs.contracts.token import SUPER_ADMIN, Principal
from services.catalog import domain
from services.catalog.models import LifecycleStep, Schedule
from services.catalog.repository import accounts, lifecycle, titles
from services.catalog.repository.titles import Whole
from services.catalog.service import snapshot
from services.catalog.service.unit_of_work import ARRIVAL, Edit, TitleNotFound, VersionMismatch, edit, was_seen
from services.catalog.settings import Settings

NEWS_SECONDS = 0.1  # between two looks for the news that an asset is ready


class NotPlayable(Conflict):
    """This title cannot be played yet. Upload what is missing, wait until it is ready, then publish."""

    code = "not_playable"


class WrongStatus(Conflict):
    """The title's status does not allow this."""

    code = "wrong_status"


class OwnSubmission(Forbidden):
    """Whoever submitted a title, or wrote what it says, does not approve it. Ask a colleague, or a super admin."""

    code = "own_submission"


class NotApproved(Conflict):
    """Nobody has approved this title. Submit it and ask a colleague to approve it, or a super admin to publish it as it is."""

    code = "not_approved"


class BadSchedule(Invalid):
    """A title is published in the future, and archived after that."""

    code = "bad_schedule"


def check_playable(whole: Whole) -> None:
    """Raise `NotPlayable` where viewers could neither play a title nor read that it comes later."""
    if lacking := snapshot.missing(whole):
        raise NotPlayable(missing=lacking)


async def step(editing: Edit, action: str, actor: UUID | None, now: datetime, reason: str = "") -> None:
    """Take a step with a title that is held. Raises `WrongStatus` and `NotPlayable`."""
    title = editing.title
    target = domain.after(action, title.status)
    if target is None:
        hint = " Restore it first." if title.status == "archived" else ""
        raise WrongStatus(f"This title is {title.status}, which does not allow this.{hint}", title_status=title.status)
    if target in ("published", "scheduled"):
        check_playable(editing.whole)
    if target == "published":
        title.published_at = title.published_at or now
    if title.status == "published" != target:
        await lifecycle.withdraw(editing.session, title.id, now)
    if target != title.status or reason:
        leads = title.status, target
        lifecycle.add_step(editing.session, title.id, actor, action, leads, reason, now)
    title.status = target
    await _keep_time(editing.session, title.id, target)


async def _keep_time(session: AsyncSession, title_id: UUID, status: str) -> None:
    """Let what was published keep its end alone, what is reviewed again its plan, and what was taken back nothing."""
    planned = await lifecycle.schedule(session, title_id)
    if planned is None or status in ("scheduled", "review"):
        return
    if status == "approved":
        planned.next_at, planned.detail = planned.publish_at or planned.next_at, ""
    elif status == "published" and planned.expire_at is not None:
        planned.publish_at, planned.next_at, planned.detail = None, planned.expire_at, ""
    else:
        await session.delete(planned)


class Lifecycles:
    """Use cases of staff. `wake` tells whoever keeps schedules that there is a new one."""

    def __init__(self, db: Database, clock: Clock, settings: Settings, wake: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._patience = settings.news_patience
        self._review_required = settings.review_required
        self._wake = wake

    async def act(self, title_id: UUID, action: str, who: Principal, expect: int | None, reason: str = "") -> Whole:
        """Take a title one step further.

        A publication waits a moment for an asset: the pipeline calls it ready before the news of it has come here.
        """
        deadline, waited = time.monotonic() + self._patience, False
        while True:
            try:
                return await self._act(title_id, action, who, expect, reason)
            except NotPlayable:
                if action != "publish" or time.monotonic() >= deadline:
                    raise
                waited = True
                await asyncio.sleep(NEWS_SECONDS)
            except VersionMismatch:
                known = expect
                expect = await self._after_arrivals(title_id, expect) if waited else expect
                if expect == known:
                    raise

    async def _after_arrivals(self, title_id: UUID, expect: int | None) -> int | None:
        """Return the version to expect now: assets that arrived meanwhile are no change that an editor has to read first."""
        if expect is None:
            return None
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            if title is None or title.version <= expect:
                return expect
            since = await titles.audit(session, title_id, title.version - expect)
            return title.version if all(item.action == ARRIVAL for item in since) else expect

    async def _act(self, title_id: UUID, action: str, who: Principal, expect: int | None, reason: str) -> Whole:
        now = self._clock.now()
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action=action, actor=who.account_id, now=now, expect=expect) as editing,
        ):
            reviewed = action == "approve" and domain.after(action, editing.title.status) is not None
            if reviewed and await self._is_own(session, title_id, who):
                raise OwnSubmission
            if action == "publish":
                await self._check_approved(editing, who)
            await step(editing, action, who.account_id, now, reason)
        return editing.whole

    async def _check_approved(self, editing: Edit, who: Principal) -> None:
        """Refuse to show viewers what no second pair of eyes has seen, unless a super admin says so."""
        if not self._review_required or SUPER_ADMIN in who.roles:
            return
        if not await was_seen(editing.session, editing.title):
            raise NotApproved

    async def _vouch(self, editing: Edit, who: Principal, now: datetime) -> None:
        """Let a draft that a super admin schedules be approved by that: what is changed until its moment is looked at again."""
        title = editing.title
        if self._review_required and title.status == "draft":
            lifecycle.add_step(editing.session, title.id, who.account_id, "approve", ("draft", "approved"), "", now)
            await editing.session.flush()
            title.status = "approved"

    async def _is_own(self, session: AsyncSession, title_id: UUID, who: Principal) -> bool:
        if SUPER_ADMIN in who.roles:
            return False
        own = await lifecycle.submitter(session, title_id) == who.account_id
        return own or await titles.wrote_since_approval(session, title_id, who.account_id, domain.TRANSITIONS.keys())

    async def schedule(
        self,
        title_id: UUID,
        who: Principal,
        expect: int | None,
        *,
        publish_at: datetime | None,
        expire_at: datetime | None,
        reason: str = "",
    ) -> tuple[Whole, Schedule]:
        """Have a title published, and archived, by itself; what is published already is only archived."""
        now = self._clock.now()
        first = publish_at or now
        if publish_at is not None and publish_at <= now:
            raise BadSchedule("publish_at: must be in the future.")
        if expire_at is not None and expire_at <= first:
            raise BadSchedule(f"expire_at: must be after {'publish_at' if publish_at else 'now'}.")
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="schedule", actor=who.account_id, now=now, expect=expect) as editing,
        ):
            came_from = editing.title.status
            shown = came_from == "published"
            if publish_at is not None and shown:
                raise BadSchedule(
                    "publish_at: this title is published already. Leave it out to set when it is archived."
                )
            if publish_at is None and not shown:
                raise BadSchedule(f"publish_at: is needed, for this title is {editing.title.status} and not published.")
            if publish_at is not None:
                await self._check_approved(editing, who)
                await self._vouch(editing, who, now)
                await step(editing, "schedule", who.account_id, now, reason)
            there = await lifecycle.schedule(session, title_id)
            before = (there.publish_at, there.expire_at) if there else (None, None)
            if before != (publish_at, expire_at) and editing.title.status == came_from and (shown or not reason):
                leads = came_from, came_from
                lifecycle.add_step(session, title_id, who.account_id, "schedule", leads, reason, now)
            planned = there or Schedule(title_id=title_id)
            planned.publish_at, planned.expire_at, planned.detail = publish_at, expire_at, ""
            planned.actor = who.account_id
            planned.next_at = publish_at or expire_at or now
            if publish_at or expire_at:
                session.add(planned)
            elif there is not None:
                await session.delete(there)
        self._wake()
        return editing.whole, planned

    async def path(self, title_id: UUID) -> tuple[list[tuple[LifecycleStep, str | None]], Schedule | None]:
        """Return where a title has been, each step with the name of who took it, and when it goes on by itself."""
        async with self._db.transaction() as session:
            if await titles.get(session, title_id) is None:
                raise TitleNotFound
            steps = await lifecycle.steps(session, title_id)
            names = await accounts.names(session, (item.actor for item in steps))
            return [(item, names.get(item.actor)) for item in steps], await lifecycle.schedule(session, title_id)
