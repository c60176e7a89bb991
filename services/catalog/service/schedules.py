"""The steps that time takes: titles published and archived at their moment, once and also late."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.catalog.repository import lifecycle, titles
from services.catalog.service.lifecycle import NotPlayable, WrongStatus, step
from services.catalog.service.unit_of_work import edit

log = telemetry.logger(__name__)

AGAIN = timedelta(minutes=1)  # until a publication that lacked something is tried again
SELDOM = timedelta(hours=1)  # at most between two tries of what breaks each time


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
        """Take one step whose time has come; say whether there was one. What breaks is put off, and holds up nobody else."""
        now, title_id = self._clock.now(), None
        try:
            async with self._db.background() as session:
                title_id = await lifecycle.due(session, now)
                if title_id is not None:
                    await self._take(session, title_id, now)
        except Exception as error:
            if title_id is None:
                raise
            log.exception("schedule_put_off", title_id=str(title_id), reason=f"{type(error).__name__}: {error}")
            await self._put_off(title_id, now)
        return title_id is not None

    async def _take(self, session: AsyncSession, title_id: UUID, now: datetime) -> None:
        planned = await lifecycle.schedule(session, title_id)
        if planned is None or planned.next_at > now:
            return  # another replica was quicker
        # Of what should be over by now viewers see nothing, however late it is.
        over = planned.expire_at is not None and planned.expire_at <= now
        action = "expire" if over or planned.publish_at is None else "publish"
        try:
            async with edit(session, planned.title_id, action=action, actor=None, now=now) as editing:
                await step(editing, action, None, now, "as scheduled")
        except NotPlayable as error:
            missing = ", ".join(error.members["missing"])
            planned.detail, planned.next_at = f"could not be published: it lacks {missing}", now + AGAIN
            log.warning("scheduled_title_lacks_something", title_id=str(planned.title_id), missing=missing)
        except WrongStatus as error:
            if error.members["title_status"] == "review":
                planned.detail, planned.next_at = "could not be published: it waits for its approval", now + AGAIN
                log.warning("scheduled_title_waits_for_approval", title_id=str(planned.title_id))
                return
            log.warning("schedule_dropped", title_id=str(planned.title_id), reason=error.detail)
            await session.delete(planned)
        else:
            log.info("schedule_kept", title_id=str(planned.title_id), action=action)

    async def _put_off(self, title_id: UUID, now: datetime) -> None:
        """Try again once as much time has passed as it is late already, so that it is tried ever less often."""
        async with self._db.background() as session:
            await titles.lock(session, title_id)
            planned = await lifecycle.schedule(session, title_id)
            if planned is None or planned.next_at > now:
                return
            late = now - (planned.publish_at or planned.expire_at or now)
            planned.next_at = now + min(max(late, AGAIN), SELDOM)
            planned.detail = "could not be done: something is wrong with this title, which the service's log tells"
