"""What arrives from the neighbours: titles, plays, lists, ratings, what is watched most, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.consumers import Received, newest
from libs.contracts.catalog import SPECIALS, TitleChanged, TitleRated
from libs.contracts.client import CardShown, Clicked
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import SessionStarted
from libs.contracts.recommended import kind_of
from libs.contracts.trending import TrendingChanged
from libs.contracts.views import ViewClosed
from libs.contracts.watch import HistoryCleared, HistoryHidden, ListChanged
from services.recommendation.engine.ranking import LOOKED
from services.recommendation.repository import changes, pictures, projections

# Whom a title names first are those it is watched for.
PEOPLE = 8
# Clicks on a card that choose its title.
CHOICES = ("title", "play", "trailer")


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
            "published_at", "availability", "other_posters",
        },
    )  # fmt: skip
    names = [credit.name for credit in title.credits] or [*title.directors, *title.cast]
    episodes = [each.id for each in title.playables if each.season_number not in (None, SPECIALS)]
    return {
        **told,
        "people": list(dict.fromkeys(names))[:PEOPLE],
        # With which a series is over.
        "last": str(episodes[-1]) if episodes else None,
    }


async def sessions_started(session: AsyncSession, events: Sequence[Received[SessionStarted]]) -> None:
    """Keep what was played, at once: how long it was watched is told when the viewing is over."""
    told = [event.data for event in events if not event.data.trailer]
    await projections.put_plays(session, [_play(each, None, ended=False) for each in told])


async def views_closed(session: AsyncSession, events: Sequence[Received[ViewClosed]]) -> None:
    """Keep how long it was watched. Who goes on to the next episode after a look has not watched this one."""
    told = [event.data for event in events if not event.data.trailer]
    rows = [
        _play(
            each,
            each.watched_media,
            ended=each.exit_reason == "ended" or (each.exit_reason == "next" and each.watched_media >= LOOKED),
        )
        for each in told
    ]
    await projections.put_plays(session, rows)


def _play(told: SessionStarted | ViewClosed, watched: float | None, *, ended: bool) -> dict[str, Any]:
    return {
        "profile_id": told.profile_id, "title_id": told.title_id, "account_id": told.account_id,
        "playable_id": told.playable_id, "at": told.started_at, "watched": watched, "ended": ended,
    }  # fmt: skip


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


async def histories_cleared(session: AsyncSession, events: Sequence[Received[HistoryCleared]]) -> None:
    """Forget the plays of histories that were cleared."""
    for told in sorted((event.data for event in events), key=lambda each: (each.profile_id, each.at)):
        await projections.clear_plays(session, told.profile_id, told.account_id, told.at)


async def titles_hidden(session: AsyncSession, events: Sequence[Received[HistoryHidden]]) -> None:
    """Forget the plays of titles that were hidden from a history."""
    for told in sorted((event.data for event in events), key=lambda each: (each.profile_id, each.title_id, each.at)):
        await projections.clear_plays(session, told.profile_id, told.account_id, told.at, told.title_id)


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


async def cards_used(session: AsyncSession, events: Sequence[Received[CardShown | Clicked]]) -> None:
    """Count in which kinds of rows profiles see cards, and choose one. Each is told once."""
    found: list[dict[str, Any]] = []
    for event in events:
        told = event.data
        kind = kind_of(told.row or "")
        chosen = isinstance(told, Clicked)
        if kind is not None and (not isinstance(told, Clicked) or told.target in CHOICES):
            found.append(
                {
                    "profile_id": told.profile_id, "account_id": told.account_id, "kind": kind, "at": told.occurred_at,
                    "seen": 0.0 if chosen else 1.0 / told.sampled, "chosen": 1.0 / told.sampled if chosen else 0.0,
                }
            )  # fmt: skip
    await projections.put_uses(session, found)
    await pictures_tried(session, events)


async def pictures_tried(session: AsyncSession, events: Sequence[Received[CardShown | Clicked]]) -> None:
    """Keep which posters cards were shown with, where they were drawn, and whether they were chosen."""
    found: list[dict[str, Any]] = []
    for event in events:
        told = event.data
        chosen = isinstance(told, Clicked)
        if told.picture is None or told.picture_chance is None or told.impression_id is None or told.title_id is None:
            continue
        if not isinstance(told, Clicked) or told.target in CHOICES:
            found.append(
                {
                    "impression_id": told.impression_id, "title_id": told.title_id, "profile_id": told.profile_id,
                    "account_id": told.account_id, "context": told.picture_context or "", "picture": told.picture,
                    "chance": told.picture_chance, "chosen": chosen, "at": told.occurred_at,
                }
            )  # fmt: skip
    await pictures.put(session, found)


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
