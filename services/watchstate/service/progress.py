"""What a viewer is in the middle of, has seen, and reports from a device that was offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import Page, decode_cursor, encode_cursor
from libs.chassis.messaging import outbox
from libs.chassis.problems import NotFound
from libs.contracts.token import Principal
from libs.contracts.watch import HistoryCleared, HistoryHidden, PositionSet
from services.watchstate import domain
from services.watchstate.domain import Step, Title, Update
from services.watchstate.repository import device_reports, progress, projections, sync
from services.watchstate.schemas import (
    ContinueItem,
    ContinueWatching,
    HistoryItem,
    OfflineItem,
    Progress,
    ProgressItems,
    ResumeItem,
    Resumes,
    Verdict,
    Verdicts,
)
from services.watchstate.service import position_changes
from services.watchstate.service.kept import TitleNotFound

# Nobody scrolls further; it bounds what one request reads.
TITLES_LOOKED_AT = 200


class NotWatched(NotFound):
    """You have not started watching this."""

    code = "not_watched"


class PlayableNotFound(NotFound):
    """There is nothing like this to watch."""

    code = "playable_not_found"


class Watching:
    """Use cases of positions, Continue Watching and the history."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def position(self, who: Principal, playable_id: UUID) -> Progress:
        """Where this profile is in a playable."""
        found = await self.positions(who, [playable_id])
        if not found.items:
            raise NotWatched
        return found.items[0]

    async def positions(self, who: Principal, playable_ids: Sequence[UUID]) -> ProgressItems:
        """Where this profile is in each of these playables; those it never started are left out."""
        found = {item.playable_id: item for item in await progress.positions(self._db, who.profile, playable_ids)}
        return ProgressItems(
            items=[
                Progress(
                    playable_id=item.playable_id,
                    title_id=item.title_id,
                    position=item.position,
                    duration=item.duration,
                    completed=item.completed,
                    updated_at=item.occurred_at,
                )
                for playable_id in dict.fromkeys(playable_ids)
                if (item := found.get(playable_id))
            ]
        )

    async def _titles(self, who: Principal, title_ids: Iterable[UUID]) -> dict[UUID, Title]:
        now = self._clock.now()
        found = await projections.titles(self._db, title_ids, who)
        maturity = await projections.maturity(self._db, who)
        return {key: title for key, title in found.items() if title.visible(who.country, maturity, now)}

    async def continue_watching(self, who: Principal, limit: int) -> ContinueWatching:
        """What to go on with, the newest first."""
        positions = await progress.recent_positions(self._db, who.profile, TITLES_LOOKED_AT)
        titles = await self._titles(who, (item.title_id for item in positions))
        removed = await progress.removals(self._db, who.profile)
        steps = domain.continue_watching(titles, positions, removed)
        return ContinueWatching(items=[_continue_item(step) for step in steps[:limit]])

    async def resume(self, who: Principal, title_ids: Sequence[UUID]) -> Resumes:
        """What playing each of these titles starts with; titles this profile never started are left out."""
        positions = await progress.positions_in_titles(self._db, who.profile, title_ids)
        titles = await self._titles(who, {item.title_id for item in positions})
        items = []
        for title_id in dict.fromkeys(title_ids):
            if title_id not in titles:
                continue
            step = domain.next_step(titles[title_id], [item for item in positions if item.title_id == title_id])
            if step is not None:
                items.append(_resume_item(step))
        return Resumes(items=items)

    async def remove(self, who: Principal, playable_id: UUID) -> None:
        """Take the title of a playable out of Continue Watching until it is watched again; the position stays."""
        title_id = await projections.title_of(self._db, playable_id)
        if title_id is None:
            raise PlayableNotFound
        now = self._clock.now()
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            await progress.remove(session, who.profile, title_id, now)
            data = {"playable_id": playable_id, "title_id": title_id, "removed": True, "updated_at": now}
            await sync.append(session, who.account_id, who.profile, "progress", data, now)

    async def report(self, who: Principal, items: Sequence[OfflineItem], sent_at: datetime | None = None) -> Verdicts:
        """Take in what an offline device saved up.

        The conflict rule: of all updates of a playable the one that happened last holds, by our clock, wherever it came from;
        at the same instant the greater writer, then the greater sequence number. A number that a device has told before, or
        one below it, changes nothing: the same batch sent later would seem to have happened later.
        """
        now = self._clock.now()
        writer = who.device_id or who.session_id
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            ids = list({item.playable_id for item in items})
            known = await projections.playables(session, ids)
            marks = await device_reports.last(session, who.profile, writer, ids)
            moments = domain.on_our_clock([(item.device_seq, item.occurred_at) for item in items], sent_at, now)
            updates = [
                self._update(who, item, known[item.playable_id], writer, moment)
                for item, moment in zip(items, moments, strict=True)
                if item.playable_id in known and item.device_seq > marks.get(item.playable_id, -1)
            ]
            await device_reports.mark(session, who.profile, writer, updates, now)
            rows = await position_changes.apply(session, updates, now)
            events = [
                PositionSet(
                    profile_id=who.profile, account_id=who.account_id, title_id=row.title_id, playable_id=row.playable_id,
                    position=row.position, duration=row.duration or None, occurred_at=row.occurred_at,
                )
                for row in rows
            ]  # fmt: skip
            await outbox.add(session, *events)
            stored = await progress.stored(session, who.profile, ids)
        return Verdicts(
            items=[_verdict(item, item.playable_id in known, stored.get(item.playable_id), writer) for item in items]
        )

    @staticmethod
    def _update(who: Principal, item: OfflineItem, playable: Any, writer: UUID, occurred_at: datetime) -> Update:
        duration = playable.duration or 0.0
        return Update(
            profile_id=who.profile, account_id=who.account_id, title_id=playable.title_id,
            playable_id=item.playable_id, position=min(item.position, duration) if duration else item.position,
            duration=duration, occurred_at=occurred_at, writer=writer, seq=item.device_seq,
        )  # fmt: skip

    async def history(self, who: Principal, limit: int, cursor: str | None) -> Page[HistoryItem]:
        """What this profile watched and may watch today, by day, the newest first."""
        maturity = await projections.maturity(self._db, who)
        rows = await progress.history(self._db, who.profile, maturity, _after(cursor) if cursor else None, limit + 1)
        following = None
        if len(rows) > limit:
            rows = rows[:limit]
            following = encode_cursor(rows[-1]["watched_at"], rows[-1]["playable_id"])
        return Page[HistoryItem](items=[HistoryItem(**row) for row in rows], next_cursor=following)

    async def clear_history(self, who: Principal) -> None:
        """Forget all this profile watched: history, positions, Continue Watching."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            gone = await progress.clear(session, who.profile, now)
            await device_reports.forget_what(session, who.profile, now)
            events = [
                PositionSet(
                    profile_id=who.profile, account_id=who.account_id, title_id=row.title_id, playable_id=row.playable_id,
                    position=None, occurred_at=now,
                )
                for row in gone
            ]  # fmt: skip
            cleared = HistoryCleared(profile_id=who.profile, account_id=who.account_id, at=now)
            await outbox.add(session, cleared, *events)
            await sync.append(
                session, who.account_id, who.profile, "progress", {"cleared": True, "updated_at": now}, now
            )

    async def hide(self, who: Principal, title_id: UUID) -> None:
        """Forget what this profile watched of a title, until it is watched again. Raises `TitleNotFound`."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if not await projections.is_title(session, title_id):
                raise TitleNotFound
            gone = await progress.hide(session, who.profile, title_id, now)
            hidden = HistoryHidden(profile_id=who.profile, account_id=who.account_id, title_id=title_id, at=now)
            events = [
                PositionSet(
                    profile_id=who.profile, account_id=who.account_id, title_id=title_id, playable_id=row.playable_id,
                    position=None, occurred_at=now,
                )
                for row in gone
            ]  # fmt: skip
            await outbox.add(session, hidden, *events)
            data = {"title_id": title_id, "hidden": True, "updated_at": now}
            await sync.append(session, who.account_id, who.profile, "progress", data, now)


def _verdict(item: OfflineItem, known: bool, stored: Any, writer: UUID) -> Verdict:
    """A batch that is sent again gets the verdicts it got: an update is applied while it is the one that holds."""
    position = stored.position if stored else None
    if not known:
        return Verdict(playable_id=item.playable_id, applied=False, position=position, reason="unknown_playable")
    applied = stored is not None and (stored.writer, stored.seq) == (writer, item.device_seq)
    return Verdict(
        playable_id=item.playable_id, applied=applied, position=position, reason=None if applied else "stale"
    )


def _after(cursor: str) -> tuple[datetime, UUID]:
    moment, playable_id = decode_cursor(cursor, datetime, UUID)
    return moment, playable_id


def _continue_item(step: Step) -> ContinueItem:
    series = step.title.type == "series"
    return ContinueItem(
        title_id=step.title.id,
        playable_id=step.playable.id,
        position=step.position,
        duration=step.duration,
        progress=round(min(1, step.position / step.duration), 4) if step.duration else 0,
        updated_at=step.updated_at,
        name=step.title.name,
        type="series" if series else "movie",
        poster_url=step.title.poster_url,
        backdrop_url=step.title.backdrop_url,
        still_url=step.playable.still_url,
        season_number=step.playable.season_number,
        episode_number=step.playable.episode_number,
        episode_name=step.playable.name if series else None,
    )


def _resume_item(step: Step) -> ResumeItem:
    return ResumeItem(
        title_id=step.title.id,
        playable_id=step.playable.id,
        position=step.position,
        duration=step.duration,
        completed=step.completed,
        season_number=step.playable.season_number,
        episode_number=step.playable.episode_number,
        episode_name=step.playable.name if step.title.type == "series" else None,
        updated_at=step.updated_at,
    )
