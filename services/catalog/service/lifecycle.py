"""A title's way from draft to archive: who may take which step, its reasons, and the steps that a schedule takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, Invalid
from libs.contracts.token import SUPER_ADMIN, Principal
from services.catalog import domain
from services.catalog.models import LifecycleStep, Schedule
from services.catalog.repository import lifecycle, titles
from services.catalog.repository.titles import Whole
from services.catalog.service import snapshot
from services.catalog.service.unit_of_work import Edit, TitleNotFound, edit

log = telemetry.logger(__name__)

AGAIN = timedelta(minutes=1)  # until a publication that lacked something is tried again


class NotPlayable(Conflict):
    """This title cannot be played yet. Upload what is missing, wait until it is ready, then publish."""

    code = "not_playable"


class WrongStatus(Conflict):
    """The title's status does not allow this."""

    code = "wrong_status"


class OwnSubmission(Forbidden):
    """Whoever submitted a title does not approve it. Ask a colleague, or a super admin."""

    code = "own_submission"


class BadSchedule(Invalid):
    """A title is published in the future, and archived after that."""

    code = "bad_schedule"


async def step(editing: Edit, action: str, actor: UUID | None, now: datetime, reason: str = "") -> None:
    """Take a step with a title that is held. Raises `WrongStatus` and `NotPlayable`."""
    title = editing.title
    target = domain.after(action, title.status)
    if target is None:
        hint = " Restore it first." if title.status == "archived" else ""
        raise WrongStatus(f"This title is {title.status}, which does not allow this.{hint}", title_status=title.status)
    if target in ("published", "scheduled") and (lacking := snapshot.missing(editing.whole)):
        raise NotPlayable(missing=lacking)
    if target == "published":
        title.published_at = title.published_at or now
    if target != title.status or reason:
        editing.session.add(
            LifecycleStep(
                id=new_id(), title_id=title.id, actor=actor, action=action, came_from=title.status, status=target,
                reason=reason, at=now,
            )
        )  # fmt: skip
    title.status = target
    await _keep_time(editing.session, title.id, target)


async def _keep_time(session: AsyncSession, title_id: UUID, status: str) -> None:
    """Let a title that was published keep its end alone, and one that was taken back nothing."""
    planned = await lifecycle.schedule(session, title_id)
    if planned is None or status in ("scheduled", "review", "approved"):
        return
    if status == "published" and planned.expire_at is not None:
        planned.publish_at, planned.next_at, planned.detail = None, planned.expire_at, ""
    else:
        await session.delete(planned)


class Lifecycles:
    """Use cases of staff. `wake` tells the schedules that there is a new one."""

    def __init__(self, db: Database, clock: Clock, schedules: Schedules) -> None:
        self._db = db
        self._clock = clock
        self._schedules = schedules

    async def act(self, title_id: UUID, action: str, who: Principal, expect: int | None, reason: str = "") -> Whole:
        """Submit, approve or reject a title. An approval is somebody else's than the submission, or a super admin's."""
        now = self._clock.now()
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action=action, actor=who.account_id, now=now, expect=expect) as editing,
        ):
            if action == "approve" and await self._is_own(session, title_id, who):
                raise OwnSubmission
            await step(editing, action, who.account_id, now, reason)
        return editing.whole

    async def _is_own(self, session: AsyncSession, title_id: UUID, who: Principal) -> bool:
        return SUPER_ADMIN not in who.roles and await lifecycle.submitter(session, title_id) == who.account_id

    async def schedule(
        self,
        title_id: UUID,
        actor: UUID,
        expect: int | None,
        *,
        publish_at: datetime | None,
        expire_at: datetime | None,
        reason: str = "",
    ) -> tuple[Whole, Schedule]:
        """Have a title published, and archived, by itself; what is published already is only archived."""
        now = self._clock.now()
        first = publish_at or now
        if (publish_at is not None and publish_at <= now) or (expire_at is not None and expire_at <= first):
            raise BadSchedule
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="schedule", actor=actor, now=now, expect=expect) as editing,
        ):
            if (publish_at is None) != (editing.title.status == "published"):
                raise BadSchedule
            if publish_at is not None:
                await step(editing, "schedule", actor, now, reason)
            planned = await lifecycle.schedule(session, title_id) or Schedule(title_id=title_id)
            planned.publish_at, planned.expire_at, planned.actor, planned.detail = publish_at, expire_at, actor, ""
            planned.next_at = publish_at or expire_at or now
            session.add(planned)
        self._schedules.wake()
        return editing.whole, planned

    async def path(self, title_id: UUID) -> tuple[list[LifecycleStep], Schedule | None]:
        """Return where a title has been, and when it goes on by itself."""
        async with self._db.transaction() as session:
            if await titles.get(session, title_id) is None:
                raise TitleNotFound
            return await lifecycle.steps(session, title_id), await lifecycle.schedule(session, title_id)


class Schedules(Loop):
    """A component: takes the steps whose time has come, each once however many replicas look, late ones too.

    It waits for the next moment it knows of, and looks for those that other replicas were told every ten seconds.
    """

    name = "schedules"
    every = 10.0
    jitter = 0.0  # a moment is a moment

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._clock = clock

    async def work(self) -> float:
        while await self._one():
            pass
        async with self._db.background() as session:
            following = await lifecycle.next_moment(session)
        if following is None:
            return self.every
        return min(self.every, max(0.05, (following - self._clock.now()).total_seconds()))

    async def _one(self) -> bool:
        """Take one step whose time has come; say whether there was one."""
        now = self._clock.now()
        async with self._db.background() as session:
            title_id = await lifecycle.due(session, now)
            if title_id is None:
                return False
            planned = await lifecycle.schedule(session, title_id)
            if planned is None or planned.next_at > now:
                return True  # another replica was quicker
            action = "publish" if planned.publish_at is not None and planned.publish_at <= now else "expire"
            try:
                async with edit(session, planned.title_id, action=action, actor=None, now=now) as editing:
                    await step(editing, action, None, now, "as scheduled")
            except NotPlayable as error:
                missing = ", ".join(error.members["missing"])
                planned.detail, planned.next_at = f"could not be published: it lacks {missing}", now + AGAIN
                log.warning("scheduled_title_lacks_something", title_id=str(planned.title_id), missing=missing)
            except WrongStatus as error:
                log.warning("schedule_dropped", title_id=str(planned.title_id), reason=error.detail)
                await session.delete(planned)
            else:
                log.info("schedule_kept", title_id=str(planned.title_id), action=action)
        return True
