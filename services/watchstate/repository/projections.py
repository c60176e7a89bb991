"""Copies of what catalog and identity know, each replaced only by something newer."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import languages
from libs.chassis.data import upserts
from libs.chassis.data.database import Database
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.token import Principal
from services.watchstate import models
from services.watchstate.domain import LOCAL, Playable, Title


async def put_titles(session: AsyncSession, events: Sequence[TitleChanged]) -> None:
    """Keep titles, one event each, with their playables; what we have as newer stays."""
    rows = [
        {
            "title_id": event.title_id, "version": event.version, "type": event.type, "status": event.status,
            "name": event.name, "year": event.year, "maturity": event.maturity, "poster_url": event.poster_url,
            "backdrop_url": event.backdrop_url, "windows": [window.model_dump(mode="json") for window in event.windows],
            "language": event.language,
            "localized": [each.model_dump(include={"language", *LOCAL}) for each in event.localized],
        }
        for event in events
    ]  # fmt: skip
    news = await upserts.put(session, models.Title.__table__, rows)
    playables = {
        item.id: {
            "playable_id": item.id, "title_id": event.title_id, "ordinal": place, "name": item.name,
            "season_number": item.season_number, "episode_number": item.episode_number, "still_url": item.still_url,
            "duration": item.asset.duration if item.asset else None, "credits_start": item.credits_start,
            "ready": item.asset is not None,
        }
        for event in events if event.title_id in news
        for place, item in enumerate(event.playables)
    }  # fmt: skip
    await session.execute(
        text(
            "DELETE FROM playables WHERE title_id = ANY (CAST(:titles AS uuid[]))"
            " AND NOT playable_id = ANY (CAST(:kept AS uuid[]))"
        ),
        {"titles": list(news), "kept": list(playables)},
    )
    await upserts.put(session, models.Playable.__table__, list(playables.values()), newer=None)


async def titles(db: Database, title_ids: Iterable[UUID], who: Principal) -> dict[UUID, Title]:
    """Titles with those of their playables that are ready, in viewing order, in the language of a profile."""
    spoken = languages.wanted(who.language, "")
    ids = list(set(title_ids))
    playables: dict[UUID, list[Playable]] = {}
    for row in await db.pool.fetch(
        "SELECT playable_id, title_id, name, season_number, episode_number, duration, still_url FROM playables"
        " WHERE title_id = ANY ($1::uuid[]) AND ready ORDER BY title_id, ordinal",
        ids,
    ):
        playables.setdefault(row["title_id"], []).append(
            Playable(
                id=row["playable_id"], name=row["name"], season_number=row["season_number"],
                episode_number=row["episode_number"], duration=row["duration"], still_url=row["still_url"],
            )
        )  # fmt: skip
    return {
        row["title_id"]: Title(
            id=row["title_id"], type=row["type"], name=row["name"], status=row["status"], year=row["year"],
            maturity=row["maturity"], poster_url=row["poster_url"], backdrop_url=row["backdrop_url"],
            windows=tuple(row["windows"]), playables=tuple(playables.get(row["title_id"], ())),
        ).said(spoken, row["language"], row["localized"])
        for row in await db.pool.fetch(
            "SELECT title_id, type, status, name, year, maturity, poster_url, backdrop_url, windows,"
            " language, localized FROM titles"
            " WHERE title_id = ANY ($1::uuid[])",
            ids,
        )
    }  # fmt: skip


async def playables(session: AsyncSession, playable_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What is known of playables: title_id, duration and credits_start."""
    rows = await session.execute(
        text(
            "SELECT playable_id, title_id, duration, credits_start FROM playables"
            " WHERE playable_id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"ids": list(playable_ids)},
    )
    return {row.playable_id: row for row in rows}


async def title_of(db: Database, playable_id: UUID) -> UUID | None:
    """The title of a playable."""
    found: UUID | None = await db.pool.fetchval("SELECT title_id FROM playables WHERE playable_id = $1", playable_id)
    return found


async def is_title(session: AsyncSession, title_id: UUID) -> bool:
    """Whether a title was ever told of."""
    known = await session.execute(text("SELECT 1 FROM titles WHERE title_id = :id"), {"id": title_id})
    return known.first() is not None


async def maturity(db: Database, who: Principal) -> int:
    """The age rating that the caller may see now: the profile's as we know it, never more than the token says."""
    known = await db.pool.fetchval(
        "SELECT (p ->> 'maturity')::int FROM accounts, jsonb_array_elements(profiles) p"
        " WHERE account_id = $1 AND p ->> 'id' = $2",
        who.account_id, str(who.profile_id),
    )  # fmt: skip
    return who.maturity if known is None else min(known, who.maturity)


async def known_accounts(session: AsyncSession, account_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What we have of accounts: `version`, and their `profiles` as ids. The caller holds their order of changes."""
    rows = await session.execute(
        text(
            "SELECT account_id, version, ARRAY(SELECT CAST(p ->> 'id' AS uuid) FROM jsonb_array_elements(profiles) p) AS profiles"
            " FROM accounts WHERE account_id = ANY (CAST(:accounts AS uuid[]))"
        ),
        {"accounts": list(account_ids)},
    )
    return {row.account_id: row for row in rows}


async def put_accounts(session: AsyncSession, events: Sequence[AccountChanged]) -> None:
    """Keep accounts' profiles, one event for each account; what we have as newer stays."""
    rows = [
        {
            "account_id": event.account_id, "version": event.version, "status": event.status,
            "profiles": [profile.model_dump(mode="json") for profile in present_profiles(event)],
        }
        for event in events
    ]  # fmt: skip
    await upserts.put(session, models.Account.__table__, rows)


def present_profiles(event: AccountChanged) -> Sequence[Profile]:
    """The profiles of an account; none of one that was erased."""
    return event.profiles if event.status != "erased" else ()


async def profiles_with_rows(session: AsyncSession, account_ids: Sequence[UUID]) -> list[UUID]:
    """The profiles of accounts that left anything here."""
    rows = await session.execute(
        text(
            " UNION ".join(
                f"SELECT profile_id FROM {table} WHERE account_id = ANY (CAST(:accounts AS uuid[]))"
                for table in ("positions", "viewings", "track_choices", "list_items", "reminders")
            )
        ),
        {"accounts": list(account_ids)},
    )
    return list(rows.scalars())


async def forget_profiles(session: AsyncSession, profile_ids: Sequence[UUID]) -> None:
    """Delete everything of profiles that are gone, and refuse what may still arrive late."""
    for table in (
        "positions", "viewings", "removals", "reports", "track_choices", "list_items", "reminders", "hidden",
    ):  # fmt: skip
        await session.execute(
            text(f"DELETE FROM {table} WHERE profile_id = ANY (CAST(:ids AS uuid[]))"), {"ids": list(profile_ids)}
        )
    await session.execute(
        text(
            "INSERT INTO clearings (profile_id, cleared_at) SELECT DISTINCT unnest(CAST(:ids AS uuid[])),"
            " CAST('infinity' AS timestamptz)"
            " ON CONFLICT (profile_id) DO UPDATE SET cleared_at = excluded.cleared_at"
        ),
        {"ids": list(profile_ids)},
    )
