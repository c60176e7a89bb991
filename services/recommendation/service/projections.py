"""What arrives from the neighbours: titles, plays, lists, ratings, what is watched most, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.consumers import Received, newest
from libs.contracts.catalog import TitleChanged, TitleRated
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import TrendingChanged
from libs.contracts.views import ViewClosed
from libs.contracts.watch import ListChanged, PositionSet
from services.recommendation.repository import changes, projections

# Whom a title names first are those it is watched for.
PEOPLE = 8


async def titles_changed(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    """Keep titles."""
    await changes.lock(session)
    rows: list[dict[str, Any]] = [
        {"title_id": title.title_id, "version": title.version, "status": title.status, "entry": entry(title)}
        for title in newest(events, lambda e: e.title_id, lambda e: e.version)
    ]
    await projections.put_titles(session, rows)
    await changes.tell(session)


def entry(title: TitleChanged) -> dict[str, Any]:
    """What choosing needs of a title."""
    told = title.model_dump(
        mode="json",
        include={
            "name", "type", "description", "year", "genres", "tags", "language", "country", "maturity", "windows",
            "published_at", "availability",
        },
    )  # fmt: skip
    names = [credit.name for credit in title.credits] or [*title.directors, *title.cast]
    return {**told, "people": list(dict.fromkeys(names))[:PEOPLE]}


async def sessions_started(session: AsyncSession, events: Sequence[Received[SessionStarted]]) -> None:
    """Keep what was played, at once: how long it was watched is told when the viewing is over."""
    plays = _Plays()
    for event in events:
        told = event.data
        if not told.trailer:
            plays.add(told.profile_id, told.title_id, told.account_id, told.started_at, None, finished=False)
    await projections.put_plays(session, plays.rows())


async def views_closed(session: AsyncSession, events: Sequence[Received[ViewClosed]]) -> None:
    """Keep how long it was watched."""
    plays = _Plays()
    for event in events:
        told = event.data
        if not told.trailer:
            finished = told.exit_reason in ("ended", "next")
            plays.add(
                told.profile_id, told.title_id, told.account_id, told.started_at, told.watched_media, finished=finished
            )
    await projections.put_plays(session, plays.rows())


class _Plays:
    """Plays put together: one row for a profile and a title."""

    def __init__(self) -> None:
        self._rows: dict[tuple[UUID, UUID], dict[str, Any]] = {}

    def add(
        self, profile_id: UUID, title_id: UUID, account_id: UUID, at: Any, watched: float | None, *, finished: bool
    ) -> None:
        row = self._rows.setdefault(
            (profile_id, title_id),
            {
                "profile_id": profile_id, "title_id": title_id, "account_id": account_id, "first_at": at, "last_at": at,
                "watched": watched, "finished": finished,
            },
        )  # fmt: skip
        row["first_at"], row["last_at"] = min(row["first_at"], at), max(row["last_at"], at)
        row["watched"] = max((each for each in (row["watched"], watched) if each is not None), default=None)
        row["finished"] = row["finished"] or finished

    def rows(self) -> list[dict[str, Any]]:
        return list(self._rows.values())


async def lists_changed(session: AsyncSession, events: Sequence[Received[ListChanged]]) -> None:
    """Keep what is in lists."""
    for event in events:
        told = event.data
        if told.title_id is None:
            if told.change in ("removed", "cleared"):
                await projections.empty_list(session, told.profile_id, told.at)
        elif told.change != "reordered":
            row = {
                "profile_id": told.profile_id, "title_id": told.title_id, "account_id": told.account_id, "at": told.at,
                "listed": told.change == "added",
            }  # fmt: skip
            await projections.put_listed(session, [row])


async def positions_set(session: AsyncSession, events: Sequence[Received[PositionSet]]) -> None:
    """Forget the plays of a history that was cleared: only then has a profile no position any more."""
    cleared: dict[tuple[UUID, UUID], datetime] = {}
    for event in events:
        told = event.data
        if told.position is None:
            key = (told.profile_id, told.account_id)
            cleared[key] = max(told.occurred_at, cleared.get(key, told.occurred_at))
    for (profile_id, account_id), at in sorted(cleared.items()):
        await projections.clear_plays(session, profile_id, account_id, at)


async def titles_rated(session: AsyncSession, events: Sequence[Received[TitleRated]]) -> None:
    """Keep who rated what."""
    latest: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for event in events:
        told = event.data
        if told.profile_id is not None:
            key = (told.profile_id, told.title_id)
            row = {
                "profile_id": told.profile_id, "title_id": told.title_id, "stars": told.stars, "rated_at": told.rated_at,
            }  # fmt: skip
            if key not in latest or latest[key]["rated_at"] <= told.rated_at:
                latest[key] = row
    await projections.put_stars(session, list(latest.values()))


async def trending_changed(session: AsyncSession, events: Sequence[Received[TrendingChanged]]) -> None:
    """Keep what is watched most."""
    rows: list[dict[str, Any]] = [
        {
            "region": told.region, "computed_at": told.computed_at,
            "titles": [title.model_dump(mode="json") for title in told.titles],
        }
        for told in newest(events, lambda e: e.region, lambda e: e.computed_at)
    ]  # fmt: skip
    await projections.put_trending(session, rows)
    await changes.tell(session)


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
    """Keep accounts' profiles, and nothing of those that are gone."""
    await projections.put_accounts(session, newest(events, lambda e: e.account_id, lambda e: e.version))
