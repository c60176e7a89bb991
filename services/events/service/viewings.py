"""Viewings: put together from playback's sessions, heartbeats and players' accounts; closed once, and again for what is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.messaging import outbox
from libs.chassis.messaging.received import Received
from libs.contracts.client import PlaybackTold
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import ProgressUpdated, SessionEnded, SessionStarted
from libs.contracts.views import ViewClosed
from services.events import qoe
from services.events.models.viewings import Viewing
from services.events.repository import erasures
from services.events.repository import viewings as repository
from services.events.service import exposures, trending

# The last account of a player may come after playback's word that it is over.
GRACE = timedelta(seconds=30)
# What comes later than this after the end is too late for the record.
LATE = timedelta(hours=48)
BATCH = 200


class Viewings:
    """What consumers call: each takes a batch of events of one type, applied again they change nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def started(self, session: AsyncSession, events: Sequence[Received[SessionStarted]]) -> None:
        """A viewing begins."""

        def begin(viewing: Viewing, data: SessionStarted) -> bool:
            if viewing.started_at is not None:
                return False
            viewing.account_id, viewing.profile_id, viewing.device_id = data.account_id, data.profile_id, data.device_id
            viewing.title_id, viewing.playable_id, viewing.trailer = data.title_id, data.playable_id, data.trailer
            viewing.started_at, viewing.start_position = data.started_at, data.position
            if viewing.beacon is not None and viewing.beacon["profile_id"] != str(data.profile_id):
                # Told before anybody knew whose the viewing is: however high it counts, the player's own word comes after it.
                viewing.beacon, viewing.beacon_sn = None, -1
            if viewing.first_beat_at is not None and viewing.first_beat_position is not None:
                _add(
                    viewing,
                    data.started_at,
                    data.position,
                    "playing",
                    viewing.first_beat_at,
                    viewing.first_beat_position,
                )
            return True

        await self._each(session, events, begin)

    async def ended(self, session: AsyncSession, events: Sequence[Received[SessionEnded]]) -> None:
        """A viewing is over."""

        def end(viewing: Viewing, data: SessionEnded) -> bool:
            if viewing.ended_at is not None:
                return False
            viewing.ended_at, viewing.end_reason = data.ended_at, data.reason
            return True

        await self._each(session, events, end)

    async def progressed(self, session: AsyncSession, events: Sequence[Received[ProgressUpdated]]) -> None:
        """A viewing goes on: what lies between two heartbeats is added up, each once."""

        def beat(viewing: Viewing, data: ProgressUpdated) -> bool:
            if data.seq <= viewing.beat_seq:
                return False
            if viewing.first_beat_at is None:
                viewing.first_beat_at, viewing.first_beat_position = data.occurred_at, data.position
            before = viewing.beat_at or viewing.started_at
            position = viewing.beat_position if viewing.beat_at else viewing.start_position
            if before is not None and position is not None:
                _add(viewing, before, position, viewing.beat_state or "playing", data.occurred_at, data.position)
            viewing.beat_seq, viewing.beat_at, viewing.duration = data.seq, data.occurred_at, data.duration
            viewing.beat_position, viewing.beat_state = data.position, data.state
            return True

        await self._each(session, events, beat)

    async def told(self, session: AsyncSession, events: Sequence[Received[PlaybackTold]]) -> None:
        """A player's account of a viewing: the newest says everything."""

        def hear(viewing: Viewing, data: PlaybackTold) -> bool:
            # A beacon is its profile's own word: of another's viewing it says nothing.
            is_known = viewing.started_at is not None
            if data.sn <= viewing.beacon_sn or (is_known and viewing.profile_id != data.profile_id):
                return False
            if not is_known:
                # Whoever told it may be erased before playback tells whose the viewing is, or where it never was one.
                viewing.account_id, viewing.profile_id = data.account_id, data.profile_id
            viewing.beacon_sn, viewing.beacon = data.sn, data.model_dump(mode="json")
            return True

        await self._each(session, events, hear)

    async def accounts_changed(self, session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        """Forget the viewings of accounts and profiles that were erased."""
        accounts = {event.data.account_id for event in events if event.data.status == "erased"}
        profiles = {profile_id for event in events for profile_id in event.data.erased_profiles}
        if accounts or profiles:
            now = self._clock.now()
            await erasures.note(session, accounts, profiles, now)
            await erasures.forget(session, now)

    async def _each(
        self, session: AsyncSession, events: Sequence[Received[Any]], apply: Callable[[Viewing, Any], bool]
    ) -> None:
        """Apply events to the viewings they are of; one that changed has something to say again.

        Those of who is gone are left out: topics still hold them, and they may come late or be read again.
        """
        now = self._clock.now()
        gone = await erasures.gone(
            session, {event.data.account_id for event in events}, {event.data.profile_id for event in events}
        )
        by_session: dict[Any, list[Any]] = defaultdict(list)
        for event in events:
            if not {event.data.account_id, event.data.profile_id} & gone:
                by_session[event.data.session_id].append(event.data)
        known = await repository.viewings(session, by_session.keys(), now)
        for session_id, told in by_session.items():
            viewing = known[session_id]
            if _is_too_late(viewing, now):
                continue
            changed = [apply(viewing, data) for data in told]
            if any(changed):
                viewing.heard_at = now
                if viewing.ended_at is not None and viewing.started_at is not None:
                    viewing.due_at = max(now, viewing.ended_at + GRACE) if not viewing.revision else now + GRACE


def _add(viewing: Viewing, before: datetime, position: float, state: str, then: datetime, then_position: float) -> None:
    """Add what lies between two moments of a viewing."""
    wall, media = qoe.watched(before, position, state, then, then_position)
    viewing.wall_ms += round(wall.total_seconds() * 1000)
    viewing.media += media


def _is_too_late(viewing: Viewing, now: datetime) -> bool:
    return viewing.ended_at is not None and now > viewing.ended_at + LATE


async def close(session: AsyncSession, now: datetime, limit: int = BATCH) -> int:
    """Publish the records that are due, as the next revision where they say something new; return how many were due."""
    viewings = await repository.due(session, now, limit)
    changes = []
    for viewing in viewings:
        viewing.due_at = None
        said = record(viewing)
        if said != viewing.record:
            changes.append((viewing.record, said))
            viewing.record = said
            viewing.revision += 1
            await outbox.add(session, ViewClosed(**said, revision=viewing.revision, closed_at=now))
    await trending.count(session, [said for _, said in changes])
    await exposures.count(session, changes)
    return len(viewings)


def record(viewing: Viewing) -> dict[str, Any]:
    """Return what a viewing that has begun and ended was, as JSON."""
    beacon, media = viewing.beacon, viewing.media if viewing.beat_at else None
    assert viewing.started_at is not None and viewing.ended_at is not None and viewing.end_reason is not None
    longest = qoe.longest(viewing.started_at, viewing.ended_at, viewing.end_reason)
    return {
        **{name: _text(getattr(viewing, name)) for name in ("session_id", "account_id", "profile_id", "device_id")},
        **{name: _text(getattr(viewing, name)) for name in ("title_id", "playable_id")},
        "trailer": viewing.trailer,
        "duration": viewing.duration,
        "started_at": viewing.started_at.isoformat(),
        "ended_at": viewing.ended_at.isoformat(),
        "end_reason": viewing.end_reason,
        "exit_reason": qoe.exit_reason(viewing.end_reason, beacon.get("exit") if beacon else None),
        **(qoe.of_player(beacon, media, longest) if beacon else qoe.of_heartbeats(viewing.wall_ms, viewing.media)),
    }


def _text(found: object) -> str | None:
    return None if found is None else str(found)
