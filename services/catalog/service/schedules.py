"""The steps that time takes: titles published and archived at their moment, once and also late."""

from __future__ import annotations

from datetime import timedelta

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.catalog.repository import lifecycle
from services.catalog.service.lifecycle import NotPlayable, WrongStatus, step
from services.catalog.service.unit_of_work import edit

log = telemetry.logger(__name__)

AGAIN = timedelta(minutes=1)  # until a publication that lacked something is tried again


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
                if error.members["title_status"] == "review":
                    planned.detail, planned.next_at = "could not be published: it waits for its approval", now + AGAIN
                    log.warning("scheduled_title_waits_for_approval", title_id=str(planned.title_id))
                    return True
                log.warning("schedule_dropped", title_id=str(planned.title_id), reason=error.detail)
                await session.delete(planned)
            else:
                log.info("schedule_kept", title_id=str(planned.title_id), action=action)
        return True
