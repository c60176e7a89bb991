"""Copies of what the neighbours know, each replaced only by something newer, and nothing of people who are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts.identity import AccountChanged
from services.recommendation import models
from services.recommendation.engine.ranking import LOOKED
from services.recommendation.repository import gone

_FADED = "power(0.5::float8, extract(epoch FROM greatest(u.at, excluded.at) - {}.at)::float8 / 2592000)"
_AGAIN = text("UPDATE titles SET seq = nextval('changes') WHERE title_id = ANY (CAST(:ids AS uuid[]))")
# A play that is told after its profile is gone, or again after its taste was reset or its history cleared, is not kept: each
# is judged by itself, before those of a title are put together. A series is finished with its last episode, and never while that
# is not known. What was but looked at and is begun anew is no look until that viewing is over.
_PLAYS = text(f"""
INSERT INTO plays AS p (profile_id, title_id, account_id, first_at, last_at, watched, finished)
SELECT r.profile_id, r.title_id, (array_agg(r.account_id))[1], min(r.at), max(r.at), max(r.watched), bool_or(
  r.ended AND EXISTS (SELECT FROM titles t WHERE t.title_id = r.title_id
    AND (t.entry ->> 'type' <> 'series' OR t.entry ? 'last')
    AND r.playable_id = coalesce(CAST(t.entry ->> 'last' AS uuid), r.playable_id)))
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
  profile_id uuid, title_id uuid, account_id uuid, playable_id uuid, at timestamptz, watched float8, ended bool)
WHERE NOT EXISTS (SELECT FROM resets s WHERE s.profile_id = r.profile_id AND s.at >= r.at)
  AND NOT EXISTS (SELECT FROM clearings c WHERE c.profile_id = r.profile_id AND c.at >= r.at)
  AND NOT EXISTS (SELECT FROM hidden_titles h WHERE h.profile_id = r.profile_id AND h.title_id = r.title_id AND h.at >= r.at)
  AND NOT {gone.one("r.profile_id", "r.account_id")}
GROUP BY r.profile_id, r.title_id
ORDER BY r.profile_id, r.title_id
ON CONFLICT (profile_id, title_id) DO UPDATE SET first_at = least(p.first_at, excluded.first_at),
  last_at = greatest(p.last_at, excluded.last_at),
  watched = CASE WHEN excluded.watched IS NULL AND excluded.last_at > p.last_at AND p.watched < :looked THEN NULL
    WHEN p.watched IS NULL AND excluded.last_at < p.last_at AND excluded.watched < :looked THEN NULL
    ELSE greatest(p.watched, excluded.watched) END,
  finished = p.finished OR excluded.finished
""")  # noqa: S608
# What left a list stays as a row that says so: what is told again of before must not bring it back.
_LISTED = text(f"""
INSERT INTO listed AS l (profile_id, title_id, account_id, at, listed)
SELECT r.profile_id, r.title_id, r.account_id, r.at, r.listed
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
  profile_id uuid, title_id uuid, account_id uuid, at timestamptz, listed bool)
WHERE NOT {gone.one("r.profile_id", "r.account_id")}
ORDER BY r.profile_id, r.title_id
ON CONFLICT (profile_id, title_id) DO UPDATE SET at = excluded.at, listed = excluded.listed WHERE excluded.at >= l.at
""")  # noqa: S608
_EMPTIED = text("UPDATE listed SET listed = false, at = :at WHERE profile_id = :profile_id AND at <= :at AND listed")
_CLEARED = text(f"""
INSERT INTO clearings AS c (profile_id, account_id, at) SELECT CAST(:profile_id AS uuid), CAST(:account_id AS uuid), :at
WHERE NOT {gone.one("CAST(:profile_id AS uuid)", "CAST(:account_id AS uuid)")}
ON CONFLICT (profile_id) DO UPDATE SET at = greatest(c.at, excluded.at)
""")
# Of what was seen and chosen before half counts after 30 days, by the later of both times.
_USED = text(f"""
INSERT INTO row_uses AS u (profile_id, kind, account_id, seen, chosen, at)
SELECT r.profile_id, r.kind, (array_agg(r.account_id))[1], sum(r.seen), sum(r.chosen), max(r.at)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
  profile_id uuid, kind text, account_id uuid, seen float8, chosen float8, at timestamptz)
WHERE NOT EXISTS (SELECT FROM resets s WHERE s.profile_id = r.profile_id AND s.at >= r.at)
  AND NOT {gone.one("r.profile_id", "r.account_id")}
GROUP BY r.profile_id, r.kind
ORDER BY r.profile_id, r.kind
ON CONFLICT (profile_id, kind) DO UPDATE SET at = greatest(u.at, excluded.at),
  seen = u.seen * {_FADED.format("u")} + excluded.seen * {_FADED.format("excluded")},
  chosen = u.chosen * {_FADED.format("u")} + excluded.chosen * {_FADED.format("excluded")}
""")  # noqa: S608
_HIDDEN = text(f"""
INSERT INTO hidden_titles AS h (profile_id, title_id, account_id, at)
SELECT CAST(:profile_id AS uuid), CAST(:title_id AS uuid), CAST(:account_id AS uuid), :at
WHERE NOT {gone.one("CAST(:profile_id AS uuid)", "CAST(:account_id AS uuid)")}
ON CONFLICT (profile_id, title_id) DO UPDATE SET at = greatest(h.at, excluded.at)
""")
# What was played before and after stays by what came after, of which only the time is known.
_PLAYED_ON = text("""
UPDATE plays SET first_at = last_at, watched = NULL, finished = false
WHERE profile_id = :profile_id AND first_at <= :at AND last_at > :at
  AND (CAST(:title_id AS uuid) IS NULL OR title_id = :title_id)
""")
_FORGOTTEN = text("""
DELETE FROM plays WHERE profile_id = :profile_id AND last_at <= :at
  AND (CAST(:title_id AS uuid) IS NULL OR title_id = :title_id)
""")
_STARS_OF_THE_GONE = text(
    f"DELETE FROM stars s WHERE profile_id = ANY (CAST(:ids AS uuid[])) AND {gone.one('s.profile_id')}"  # noqa: S608
)


async def put_titles(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Keep titles, one row each; what we have as newer stays. Return those that were written. The caller holds the order."""
    news: set[UUID] = await upserts.put(session, models.Title.__table__, rows)
    if news:
        await session.execute(_AGAIN, {"ids": sorted(news)})
    return news


async def put_plays(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep plays, of each `profile_id`, `title_id`, `account_id`, `playable_id`, `at`, `watched` and `ended`."""
    if rows:
        await gone.hold(session)
        await session.execute(_PLAYS, {"rows": _json(rows), "looked": LOOKED})


async def clear_plays(
    session: AsyncSession, profile_id: UUID, account_id: UUID, at: datetime, title_id: UUID | None = None
) -> None:
    """Forget what a profile played until then, or of one title alone, also where it is told again."""
    await gone.hold(session)
    told = {"profile_id": profile_id, "at": at, "title_id": title_id}
    await session.execute(_CLEARED if title_id is None else _HIDDEN, {**told, "account_id": account_id})
    await session.execute(_FORGOTTEN, told)
    await session.execute(_PLAYED_ON, told)


async def put_stars(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep ratings, one row for a profile and a title."""
    await gone.hold(session)
    written = await upserts.put(session, models.Stars.__table__, rows, newer="rated_at")
    await session.execute(_STARS_OF_THE_GONE, {"ids": sorted(written)})


async def put_uses(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add to what profiles saw and chose: rows of `profile_id`, `account_id`, `kind`, `seen`, `chosen` and `at`."""
    if rows:
        await gone.hold(session)
        await session.execute(_USED, {"rows": _json(rows)})


async def put_trending(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what is watched most, one row for a region."""
    await upserts.put(session, models.Trending.__table__, rows, newer="computed_at")


async def put_listed(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what is in lists and what is no more, one row for a profile and a title."""
    await gone.hold(session)
    await session.execute(_LISTED, {"rows": _json(rows)})


async def empty_list(session: AsyncSession, profile_id: UUID, at: datetime) -> None:
    """Keep that nothing of before is in a list."""
    await session.execute(_EMPTIED, {"profile_id": profile_id, "at": at})


async def put_accounts(session: AsyncSession, events: Sequence[AccountChanged]) -> None:
    """Keep accounts' profiles, one event each, and forget those that they have no more."""
    before = await _profiles_of(session, [event.account_id for event in events])
    rows: list[dict[str, Any]] = [
        {
            "account_id": event.account_id, "version": event.version, "status": event.status,
            "profiles": [] if event.status == "erased" else [profile.model_dump(mode="json") for profile in event.profiles],
        }
        for event in events
    ]  # fmt: skip
    written: set[UUID] = await upserts.put(session, models.Account.__table__, rows)
    # What was erased stays erased, also when an older word of it is told again.
    vanished = {profile_id for event in events for profile_id in event.erased_profiles}
    for event in events:
        if event.account_id in written:
            kept = set() if event.status == "erased" else {profile.id for profile in event.profiles}
            vanished |= before.get(event.account_id, set()) - kept
    erased = {event.account_id for event in events if event.status == "erased"}
    if vanished or erased:
        await gone.forget(session, vanished, erased, max(event.changed_at for event in events))


async def _profiles_of(session: AsyncSession, account_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    rows = await session.execute(
        text(
            "SELECT account_id, ARRAY(SELECT CAST(p ->> 'id' AS uuid) FROM jsonb_array_elements(profiles) p) AS profiles"
            " FROM accounts WHERE account_id = ANY (CAST(:ids AS uuid[])) ORDER BY account_id FOR UPDATE"
        ),
        {"ids": list(account_ids)},
    )
    return {row.account_id: set(row.profiles) for row in rows}


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()
