"""Copies of what catalog and identity know, each replaced only by something newer."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.database import Database
from libs.chassis.tokens import Principal
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged
from services.watchstate.domain import Playable, Title


async def put_title(session: AsyncSession, event: TitleChanged) -> bool:
    """Keep a title and its playables; False where what we have is as new."""
    news = await session.execute(
        text(
            "INSERT INTO titles AS t (title_id, version, type, status, name, year, maturity, poster_url, backdrop_url, windows)"
            " VALUES (:id, :version, :type, :status, :name, :year, :maturity, :poster, :backdrop, CAST(:windows AS jsonb))"
            " ON CONFLICT (title_id) DO UPDATE SET version = excluded.version, type = excluded.type,"
            " status = excluded.status, name = excluded.name, year = excluded.year, maturity = excluded.maturity,"
            " poster_url = excluded.poster_url, backdrop_url = excluded.backdrop_url, windows = excluded.windows"
            " WHERE excluded.version > t.version RETURNING 1"
        ),
        {
            "id": event.title_id, "version": event.version, "type": event.type, "status": event.status, "name": event.name,
            "year": event.year, "maturity": event.maturity, "poster": event.poster_url, "backdrop": event.backdrop_url,
            "windows": orjson.dumps([window.model_dump(mode="json") for window in event.windows]).decode(),
        },
    )  # fmt: skip
    if news.first() is None:
        return False
    await session.execute(text("DELETE FROM playables WHERE title_id = :id"), {"id": event.title_id})
    rows = [
        {
            "playable_id": item.id, "title_id": event.title_id, "ordinal": place, "name": item.name,
            "season_number": item.season_number, "episode_number": item.episode_number, "still_url": item.still_url,
            "duration": item.asset.duration if item.asset else None, "credits_start": item.credits_start,
            "ready": item.asset is not None,
        }
        for place, item in enumerate(event.playables)
    ]  # fmt: skip
    if rows:
        await session.execute(
            text(
                "INSERT INTO playables (playable_id, title_id, ordinal, name, season_number, episode_number, still_url,"
                " duration, credits_start, ready) VALUES (:playable_id, :title_id, :ordinal, :name, :season_number,"
                " :episode_number, :still_url, :duration, :credits_start, :ready) ON CONFLICT (playable_id) DO UPDATE SET"
                " title_id = excluded.title_id, ordinal = excluded.ordinal, name = excluded.name,"
                " season_number = excluded.season_number, episode_number = excluded.episode_number,"
                " still_url = excluded.still_url, duration = excluded.duration, credits_start = excluded.credits_start,"
                " ready = excluded.ready"
            ),
            rows,
        )
    return True


async def titles(db: Database, title_ids: Iterable[UUID]) -> dict[UUID, Title]:
    """Titles with those of their playables that are ready, in viewing order."""
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
        )
        for row in await db.pool.fetch(
            "SELECT title_id, type, status, name, year, maturity, poster_url, backdrop_url, windows FROM titles"
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


async def put_account(session: AsyncSession, event: AccountChanged) -> list[UUID] | None:
    """Keep an account's profiles; return the ids of those that are gone, or None where what we have is as new."""
    known = (
        await session.execute(
            text("SELECT version, profiles FROM accounts WHERE account_id = :account FOR UPDATE"),
            {"account": event.account_id},
        )
    ).first()
    if known is not None and known.version >= event.version:
        return None
    profiles = [] if event.status == "erased" else [profile.model_dump(mode="json") for profile in event.profiles]
    await session.execute(
        text(
            "INSERT INTO accounts (account_id, version, status, profiles) VALUES (:account, :version, :status,"
            " CAST(:profiles AS jsonb)) ON CONFLICT (account_id) DO UPDATE SET version = excluded.version,"
            " status = excluded.status, profiles = excluded.profiles"
        ),
        {
            "account": event.account_id, "version": event.version, "status": event.status,
            "profiles": orjson.dumps(profiles).decode(),
        },
    )  # fmt: skip
    present = {profile["id"] for profile in profiles}
    return [UUID(item["id"]) for item in (known.profiles if known else []) if item["id"] not in present]


async def maturity(db: Database, who: Principal) -> int:
    """The age rating that the caller may see now: the profile's as we know it, never more than the token says."""
    known = await db.pool.fetchval(
        "SELECT (p ->> 'maturity')::int FROM accounts, jsonb_array_elements(profiles) p"
        " WHERE account_id = $1 AND p ->> 'id' = $2",
        who.account_id, str(who.profile_id),
    )  # fmt: skip
    return who.maturity if known is None else min(known, who.maturity)


async def profiles_with_rows(session: AsyncSession, account_id: UUID) -> list[UUID]:
    """The profiles of an account that left anything here."""
    rows = await session.execute(
        text(
            "SELECT profile_id FROM positions WHERE account_id = :account UNION SELECT profile_id FROM viewings"
            " WHERE account_id = :account UNION SELECT profile_id FROM list_items WHERE account_id = :account"
        ),
        {"account": account_id},
    )
    return list(rows.scalars())


async def forget_profiles(session: AsyncSession, profile_ids: Sequence[UUID]) -> None:
    """Delete everything of profiles that are gone, and refuse what may still arrive late."""
    for table in ("positions", "viewings", "removals", "reports", "list_items"):
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
