"""Reminders: what a profile waits for, and what becomes of that once it can be played."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.messaging import outbox
from libs.chassis.problems import Conflict
from libs.contracts.token import Principal
from libs.contracts.watch import ReminderChanged
from services.watchstate import schemas
from services.watchstate.domain import Title
from services.watchstate.repository import projections, reminders, sync
from services.watchstate.service import kept

MAX_REMINDERS = 200
BATCH = 500


class AlreadyHere(Conflict):
    """This title can be watched already: there is nothing to wait for."""

    code = "already_here"


class TooManyReminders(Conflict):
    """You are waiting for 200 titles. Give up some of them to wait for others."""

    code = "too_many_reminders"


class Reminders:
    """Use cases of reminders."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def items(self, who: Principal) -> schemas.Reminders:
        """Everything the profile waits for; what it may not see at the moment is left out and goes on waiting."""
        now, maturity = self._clock.now(), await projections.maturity(self._db, who)
        rows = await reminders.of_profile(self._db, who.profile)
        titles = await projections.titles(self._db, [row["title_id"] for row in rows], who)
        return schemas.Reminders(
            items=[
                _item(row, title)
                for row in rows
                if (title := titles.get(row["title_id"])) and title.visible(who.country, maturity, now)
            ]
        )

    async def ask(self, who: Principal, title_id: UUID) -> None:
        """Wait for a title that is shown and cannot be played yet; asking again changes nothing."""
        now = self._clock.now()
        title = await kept.shown(self._db, who, title_id, now)
        if title.playables:
            raise AlreadyHere
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if not await reminders.add(session, who.profile, who.account_id, title_id, who.country, now):
                return
            if await reminders.number(session, who.profile) > MAX_REMINDERS:
                raise TooManyReminders
            await self._tell(session, who, "asked", title_id, now)

    async def end(self, who: Principal, title_id: UUID) -> None:
        """Wait no more, or have taken note that the title is here; without a reminder nothing happens."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if (ended := await reminders.remove(session, who.profile, title_id)) is not None:
                await self._tell(session, who, "seen" if ended.arrived_at else "withdrawn", title_id, now)

    async def _tell(
        self,
        session: AsyncSession,
        who: Principal,
        change: Literal["asked", "withdrawn", "seen"],
        title_id: UUID,
        now: datetime,
    ) -> None:
        await outbox.add(session, _event(who.profile, who.account_id, title_id, change, now))
        data = {"change": change, "title_id": title_id, "at": now, "source": who.device_id or who.session_id}
        await sync.append(session, who.account_id, who.profile, "reminder", data, now)


class Arrivals(Loop):
    """A component: tells profiles that what they wait for can be played, once however many replicas look.

    A window that opens is no event, so it looks every few seconds.
    """

    name = "arrivals"
    every = 5.0

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._clock = clock

    async def work(self) -> None:
        while await self._some():
            pass

    async def _some(self) -> bool:
        """Mark and tell some of what has arrived; say whether there may be more."""
        now = self._clock.now()
        async with self._db.background() as session:
            found = await reminders.due(session, now, BATCH)
            if not found:
                return False
            await sync.lock(session, *(row.account_id for row in found))
            rows = await reminders.arrive(
                session, [row.profile_id for row in found], [row.title_id for row in found], now
            )
            events = [_event(row.profile_id, row.account_id, row.title_id, "arrived", now) for row in rows]
            await outbox.add(session, *events)
            await sync.append_all(session, [_arrived(row, now) for row in rows], now)
        return len(found) == BATCH


def _event(
    profile_id: UUID,
    account_id: UUID,
    title_id: UUID,
    change: Literal["asked", "withdrawn", "arrived", "seen"],
    now: datetime,
) -> ReminderChanged:
    return ReminderChanged(profile_id=profile_id, account_id=account_id, title_id=title_id, change=change, at=now)


def _arrived(row: Any, now: datetime) -> sync.Entry:
    data = {"change": "arrived", "title_id": row.title_id, "at": now}
    return sync.Entry(row.account_id, row.profile_id, "reminder", data)


def _item(row: Any, title: Title) -> schemas.Reminder:
    return schemas.Reminder(**kept.facts(title), asked_at=row["asked_at"], arrived_at=row["arrived_at"])
