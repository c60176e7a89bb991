"""What arrives from the neighbours: titles, ratings, plays, what is watched lately, accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.consumers import Received, crowds, newest
from libs.contracts.catalog import TitleChanged, TitleRated
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import WORLD, TrendingChanged
from services.search import domain
from services.search.engine.text import fold
from services.search.repository import changes, projections, searches
from services.search.service import tastes


async def titles_changed(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    """Keep titles and the people they name."""
    titles = newest(events, lambda e: e.title_id, lambda e: e.version)
    together = crowds(event.time for event in events)
    alone = {event.data.title_id for event in events if not event.crowd and event.time not in together}
    await changes.lock(session)
    rows: list[dict[str, Any]] = [
        {
            "title_id": title.title_id, "version": title.version, "status": title.status, "entry": entry(title),
            "crowd": title.title_id not in alone,
        }
        for title in titles
    ]  # fmt: skip
    news = await projections.put_titles(session, rows)
    # Those that came alone last: who is named in one of them as well goes with it.
    named = {
        person["id"]: {
            "person_id": person["id"], "crowd": row["crowd"], **{k: person[k] for k in ("name", "other_names", "known")},
        }
        for row in sorted(rows, key=itemgetter("crowd"), reverse=True)
        if row["title_id"] in news and row["status"] == "published"
        for person in row["entry"]["people"]
    }  # fmt: skip
    await projections.put_people(session, list(named.values()))
    await changes.tell(session)


def entry(title: TitleChanged) -> dict[str, Any]:
    """What an index needs of a title."""
    told = title.model_dump(
        mode="json",
        include={
            "name", "type", "description", "tagline", "year", "genres", "tags", "language", "country", "maturity", "runtime",
            "poster_url", "backdrop_url", "windows", "published_at", "other_names", "availability", "descriptors",
        },
    )  # fmt: skip
    languages = {"language", "name", "description", "tagline", "poster_url", "backdrop_url"}
    return {
        **told,
        "localized": [item.model_dump(mode="json", include=languages) for item in title.localized],
        "people": _people(title),
    }


def _people(title: TitleChanged) -> list[dict[str, Any]]:
    """Those who are named, in their order: by the catalogue's own credits, or by names where it has none."""
    if title.credits:
        return [
            {
                "id": str(credit.person_id), "name": credit.name, "other_names": list(credit.other_names), "role": credit.role,
                "known": True,
            }
            for credit in title.credits
        ]  # fmt: skip
    named = [*((name, "actor") for name in title.cast), *((name, "director") for name in title.directors)]
    return [
        {"id": str(domain.person_by_name(folded)), "name": name, "other_names": [], "role": role, "known": False}
        for name, role in named
        if (folded := fold(name))
    ]


async def titles_rated(session: AsyncSession, events: Sequence[Received[TitleRated]]) -> None:
    """Keep what titles are rated."""
    rows = [
        {"title_id": event.title_id, "rating": event.average, "ratings": event.count, "rated_at": event.rated_at}
        for event in newest(events, lambda e: e.title_id, lambda e: e.rated_at)
    ]
    await changes.lock(session)
    await projections.touch(session, await projections.put_ratings(session, rows))
    await changes.tell(session)


async def sessions_started(session: AsyncSession, events: Sequence[Received[SessionStarted]]) -> None:
    """Count plays. An index hears of them when they have changed a title's place noticeably."""
    plays = Counter(event.data.title_id for event in events if not event.data.trailer)
    if not plays:
        return
    latest: dict[UUID, datetime] = {}
    for event in events:
        told = event.data
        latest[told.title_id] = max(told.started_at, latest.get(told.title_id, told.started_at))
    await changes.lock(session)
    known = await projections.popularity(session, sorted(plays))
    rows: list[dict[str, Any]] = []
    for title_id, count in plays.items():
        before = known[title_id].popularity if title_id in known else None
        value = domain.popularity(before, latest[title_id], count)
        rows.append({"title_id": title_id, "popularity": value, "step": domain.step(value)})
    await projections.put_popularity(session, rows)
    moved = {
        row["title_id"] for row in rows if row["title_id"] not in known or row["step"] != known[row["title_id"]].step
    }
    await projections.touch(session, moved)
    if moved:
        await changes.tell(session)
    await tastes.learn(session, [event.data for event in events if not event.data.trailer])


async def trending_changed(session: AsyncSession, events: Sequence[Received[TrendingChanged]]) -> None:
    """Note what is watched much lately all over the world, in the place of what was before."""
    told = max((e.data for e in events if e.data.region == WORLD), key=lambda e: e.computed_at, default=None)
    if told is None:
        return
    await changes.lock(session)
    if not await projections.is_news(session, "watched", told.computed_at):
        return
    before = await projections.watched(session)
    now = {title.title_id: domain.watched(title.score, told.computed_at) for title in told.titles}
    every = sorted(now.keys() | before.keys())
    await projections.put_watched(
        session, [{"title_id": title_id, "watched": now.get(title_id)} for title_id in every], told.computed_at
    )
    moved = {title_id for title_id in every if _step(now.get(title_id)) != _step(before.get(title_id))}
    await projections.touch(session, moved)
    if moved:
        await changes.tell(session)


def _step(value: float | None) -> int | None:
    return None if value is None else domain.step(value)


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
    """Keep accounts' profiles, and forget what those searched for that are gone, and the lists of children's."""
    accounts = newest(events, lambda e: e.account_id, lambda e: e.version)
    before = await projections.profiles_of(session, [account.account_id for account in accounts])
    for event in events:
        before.setdefault(event.data.account_id, set()).update(profile.id for profile in event.data.profiles)
    written = await projections.put_accounts(session, accounts)
    gone: set[UUID] = set()
    erased: set[UUID] = set()
    children: set[UUID] = set()
    for account in accounts:
        if account.account_id in written:
            children |= {profile.id for profile in account.profiles if profile.kids}
            if account.status == "erased":
                erased.add(account.account_id)
            gone |= before[account.account_id] - {profile.id for profile in account.profiles}
            gone.update(account.erased_profiles)
    if children:
        await searches.forget_lists(session, sorted(children))
    if gone or erased:
        await searches.forget(session, sorted(gone), sorted(erased))
