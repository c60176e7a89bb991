"""Playback's copies of other services' facts, many at a time.

State moves only forward: what an older event says is left out, and what is said again is written again. Each function takes one
event for a thing, sorted by thing, and returns the things it wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts import billing, catalog, identity, watch
from services.playback.models import Account, Device, Entitlement, Playable, Profile, RevokedSignIn, Title, TitleWindow
from services.playback.repository import gates

# What an account has no more stays, nameless and marked, so that it is refused rather than unknown.
_REMOVE = """
UPDATE {table} SET removed = true, name = '' WHERE account_id = ANY (CAST(:accounts AS uuid[])) AND NOT (removed AND name = '')
AND NOT EXISTS (SELECT FROM unnest(CAST(:kept AS uuid[])) kept WHERE kept = {table}.{key})
"""
_REMOVE_PROFILES = text(_REMOVE.format(table="profiles", key="profile_id"))
_REMOVE_DEVICES = text(_REMOVE.format(table="devices", key="device_id"))

_PUT_POSITIONS = text("""
INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
SELECT profile_id, playable_id, position, false, least(occurred_at, now())
FROM jsonb_populate_recordset(NULL::positions, CAST(:rows AS jsonb)) told
WHERE NOT EXISTS (SELECT FROM profiles gone WHERE gone.profile_id = told.profile_id AND gone.removed)
ORDER BY profile_id, playable_id
ON CONFLICT (profile_id, playable_id) DO UPDATE
SET position = excluded.position, ended = false, occurred_at = excluded.occurred_at
WHERE excluded.occurred_at >= p.occurred_at
""")
# What ran out and was not swept yet would write down later where it got to.
_END_THEIRS = text("""
SELECT end_leases(array_agg(session_id), 'expired', clock_timestamp()) FROM leases JOIN sessions USING (session_id)
WHERE sessions.profile_id = ANY (CAST(:profiles AS uuid[])) HAVING count(*) > 0
""")


async def put_accounts(session: AsyncSession, accounts: Sequence[identity.AccountChanged]) -> set[UUID]:
    """Store accounts with their profiles and devices."""
    rows = [{"account_id": a.account_id, "version": a.version, "status": a.status} for a in accounts]
    written: set[UUID] = await upserts.put(session, Account.__table__, rows)
    fresh = [account for account in accounts if account.account_id in written]
    there = [account for account in fresh if account.status != "erased"]
    # Those nobody told us of while they were there are refused as well.
    profiles: dict[UUID, dict[str, Any]] = {
        gone: {"profile_id": gone, "account_id": a.account_id, "name": "", "maturity": 0, "removed": True}
        for a in fresh for gone in a.erased_profiles
    }  # fmt: skip
    profiles |= {
        p.id: {"profile_id": p.id, "account_id": a.account_id, "name": p.name, "maturity": p.maturity, "removed": False}
        for a in there for p in a.profiles
    }  # fmt: skip
    # One browser can be signed in to one account after another: the device goes with the newest.
    devices = {
        d.id: {"device_id": d.id, "account_id": a.account_id, "name": d.name, "removed": False}
        for a in sorted(there, key=lambda account: account.changed_at) for d in a.devices
    }  # fmt: skip
    await upserts.put(session, Profile.__table__, list(profiles.values()), newer=None)
    await upserts.put(session, Device.__table__, list(devices.values()), newer=None)
    await session.execute(_REMOVE_PROFILES, {"accounts": sorted(written), "kept": list(profiles)})
    await session.execute(_REMOVE_DEVICES, {"accounts": sorted(written), "kept": list(devices)})
    return written


async def forget(session: AsyncSession, accounts: Sequence[identity.AccountChanged]) -> None:
    """Delete what those played that were erased: accounts, and profiles. Their streams have been ended."""
    erased = sorted(account.account_id for account in accounts if account.status == "erased")
    gone = {profile for account in accounts for profile in account.erased_profiles}
    if erased:
        await session.execute(
            text("DELETE FROM entitlements WHERE account_id = ANY (CAST(:erased AS uuid[]))"), {"erased": erased}
        )
        theirs = await session.execute(
            text(
                "SELECT profile_id FROM profiles WHERE account_id = ANY (CAST(:erased AS uuid[]))"
                " UNION SELECT profile_id FROM sessions WHERE account_id = ANY (CAST(:erased AS uuid[]))"
            ),
            {"erased": erased},
        )
        gone.update(theirs.scalars())
    if not gone:
        return
    await session.execute(_END_THEIRS, {"profiles": sorted(gone)})
    await session.execute(
        text("DELETE FROM positions WHERE profile_id = ANY (CAST(:profiles AS uuid[]))"), {"profiles": sorted(gone)}
    )
    await session.execute(
        text(
            "DELETE FROM sessions WHERE account_id = ANY (CAST(:accounts AS uuid[]))"
            " AND profile_id = ANY (CAST(:profiles AS uuid[]))"
        ),
        {"accounts": sorted(account.account_id for account in accounts), "profiles": sorted(gone)},
    )


async def put_revoked_sign_ins(session: AsyncSession, sign_ins: Collection[tuple[UUID, datetime]]) -> None:
    """Remember sign-ins that must not start anything any more, and since when."""
    rows = [{"sign_in_id": sign_in, "revoked_at": at} for sign_in, at in dict(sign_ins).items()]
    await upserts.put(session, RevokedSignIn.__table__, rows, newer=None)


async def put_entitlements(session: AsyncSession, entitlements: Sequence[billing.EntitlementChanged]) -> set[UUID]:
    """Store what plans allow, but nothing of accounts that were erased; return the accounts."""
    # Locked, so that none is erased between the question and what is written then.
    known = await session.execute(
        text(
            "SELECT account_id, status FROM accounts WHERE account_id = ANY (CAST(:ids AS uuid[]))"
            " ORDER BY account_id FOR SHARE"
        ),
        {"ids": [entitlement.account_id for entitlement in entitlements]},
    )
    erased = {row.account_id for row in known if row.status == "erased"}
    columns = {column.name for column in Entitlement.__table__.columns}
    rows = [e.model_dump(include=columns) for e in entitlements if e.account_id not in erased]
    written: set[UUID] = await upserts.put(session, Entitlement.__table__, rows)
    return written


async def put_titles(session: AsyncSession, titles: Sequence[catalog.TitleChanged]) -> set[UUID]:
    """Store titles with their windows."""
    facts = ("title_id", "version", "status", "maturity", "free_trailers")
    rows = [{name: getattr(title, name) for name in facts} for title in titles]
    written: set[UUID] = await upserts.put(session, Title.__table__, rows)
    windows = [
        {"title_id": t.title_id, "number": n, "starts_at": w.starts_at, "ends_at": w.ends_at, "regions": list(w.regions)}
        for t in titles if t.title_id in written for n, w in enumerate(t.windows)
    ]  # fmt: skip
    await session.execute(
        text("DELETE FROM title_windows WHERE title_id = ANY (CAST(:titles AS uuid[]))"), {"titles": sorted(written)}
    )
    await upserts.put(session, TitleWindow.__table__, windows, newer=None)
    return written


async def put_playables(session: AsyncSession, titles: Collection[UUID], rows: Sequence[dict[str, Any]]) -> None:
    """Store all the playables of titles: those that are not among the rows are gone."""
    by_id = {row["playable_id"]: row for row in rows}
    await session.execute(
        text(
            "DELETE FROM playables WHERE title_id = ANY (CAST(:titles AS uuid[])) AND NOT EXISTS"
            " (SELECT FROM unnest(CAST(:kept AS uuid[])) kept WHERE kept = playables.playable_id)"
        ),
        {"titles": sorted(titles), "kept": list(by_id)},
    )
    await upserts.put(session, Playable.__table__, list(by_id.values()), newer=None)


async def put_positions(session: AsyncSession, positions: Sequence[watch.PositionSet]) -> None:
    """Store positions that came from elsewhere, unless newer ones are known."""
    rows = [
        {"profile_id": p.profile_id, "playable_id": p.playable_id, "position": p.position, "occurred_at": p.occurred_at}
        for p in positions
    ]
    await session.execute(_PUT_POSITIONS, {"rows": orjson.dumps(rows, default=str).decode()})


def _end_refused(whose: str) -> TextClause:
    """The statement that ends those of some leases whose start the gates would refuse now.

    Of more streams than the plan has, the newest go.
    """
    return text(
        f"""
WITH asked AS MATERIALIZED (
    SELECT l.session_id, l.account_id, l.acquired_at, l.fencing, s.profile_id, s.sign_in_id, s.device_id, s.playable_id,
        s.maturity, s.country, NULL::timestamptz AS hard_end, clock_timestamp() AS at
    FROM leases l JOIN sessions s USING (session_id)
    WHERE l.expires_at > clock_timestamp() AND {whose}
), {gates.facts()}, judged AS MATERIALIZED (
    SELECT session_id, account_id, max_streams, trailer, acquired_at, fencing, {gates.REFUSAL} AS refusal FROM facts
), ranked AS (
    SELECT session_id, refusal, max_streams, trailer,
        row_number() OVER (PARTITION BY account_id, refusal IS NULL, trailer ORDER BY acquired_at, fencing) AS place
    FROM judged
), refused AS (
    SELECT session_id, coalesce(refusal, CASE WHEN place > max_streams AND NOT trailer THEN 'streams_exceeded' END) AS code
    FROM ranked
)
SELECT end_leases(array_agg(session_id), code, clock_timestamp()) FROM refused WHERE code IS NOT NULL GROUP BY code
"""  # noqa: S608
    )


# What its next heartbeat is told may have changed, though it goes on.
_JUDGE_AGAIN = text("UPDATE leases SET judged_at = NULL WHERE account_id = ANY (CAST(:ids AS uuid[]))")
OF_ACCOUNTS = _end_refused("l.account_id = ANY (CAST(:ids AS uuid[]))")
# Whoever holds one of them is renewing or ending it: waiting for starts, which hold several, might be in a circle. A heartbeat
# that goes on meanwhile is the last that does: the next meets a title of another version, and is judged.
OF_TITLES = _end_refused("l.title_id = ANY (CAST(:ids AS uuid[])) ORDER BY l.session_id FOR UPDATE OF l SKIP LOCKED")


async def end_refused(session: AsyncSession, account_ids: Collection[UUID]) -> None:
    """End the accounts' streams that no gate would let start now; the others are judged at their next heartbeat."""
    # The accounts' locks first, as in acquire_lease() and in one order, so that no start slips in between and nobody waits in a
    # circle; and only where something is playing, which is seldom.
    locked = await session.execute(
        text(
            "SELECT account_id FROM account_slots s WHERE account_id = ANY (CAST(:ids AS uuid[]))"
            " AND EXISTS (SELECT FROM leases l WHERE l.account_id = s.account_id) ORDER BY account_id FOR UPDATE"
        ),
        {"ids": sorted(account_ids)},
    )
    playing = list(locked.scalars())
    if playing:
        await session.execute(_JUDGE_AGAIN, {"ids": playing})
        await session.execute(OF_ACCOUNTS, {"ids": playing})


async def end_refused_of_titles(session: AsyncSession, title_ids: Collection[UUID]) -> None:
    """End the streams of titles that no gate would let start now."""
    await session.execute(OF_TITLES, {"ids": sorted(title_ids)})
