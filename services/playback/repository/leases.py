"""Starting, renewing and ending plays. Each is one statement and so one transaction; time is the database's own clock.

Statements take `at` for tests; null there means the database's clock, which all replicas share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.tokens import Principal

# Every gate but the slot is a column holding the refusal's code, or null. acquire_lease() runs only where all are null.
START = """
WITH facts AS MATERIALIZED (
    SELECT p.playable_id, p.title_id, p.asset_id, p.duration, p.label, p.hls, p.dash, p.thumbnails, p.heights,
        p.answer::text AS answer, coalesce(e.max_height, 0) AS plan_height, coalesce(e.max_streams, 0) AS max_streams,
        coalesce(e.overflow, 'block_newest') AS overflow, coalesce(d.name, 'Unknown device') AS device_name,
        coalesce(pr.name, 'Profile') AS profile_name,
        CASE WHEN pos.ended OR pos.position >= p.duration * 0.95 OR pos.position >= p.credits_start THEN 0
             ELSE coalesce(pos.position, 0) END AS resume_at,
        CASE WHEN a.status = 'suspended' THEN 'account_suspended'
             WHEN a.status <> 'active' THEN 'account_closed'
             WHEN EXISTS (SELECT FROM revoked_sign_ins r WHERE r.sign_in_id = $4) THEN 'signed_out' END AS account,
        CASE WHEN a.account_id IS NOT NULL AND pr.account_id IS DISTINCT FROM a.account_id
             THEN 'profile_not_allowed' END AS profile,
        CASE WHEN e.account_id IS NULL OR e.status = 'none' THEN 'no_plan'
             WHEN e.valid_until <= n.at OR (e.valid_until IS NULL AND e.status = 'canceled') THEN 'plan_ended'
             WHEN e.max_streams < 1 THEN 'no_plan' END AS plan,
        CASE WHEN p.heights[1] > e.max_height THEN 'height_not_in_plan' END AS height,
        CASE WHEN t.status <> 'published' THEN 'title_not_published'
             WHEN p.asset_id IS NULL THEN 'title_not_ready' END AS title,
        CASE WHEN w.all_of > 0 AND w.here = 0 THEN 'not_in_region' END AS region,
        CASE WHEN w.here > 0 AND w.open = 0 THEN
             CASE WHEN w.to_come > 0 THEN 'window_not_open' ELSE 'window_closed' END END AS "window",
        CASE WHEN t.maturity > least($6, pr.maturity) THEN 'maturity_exceeded' END AS maturity,
        CASE WHEN d.account_id <> $1 THEN 'device_not_allowed'
             WHEN d.removed THEN 'device_removed' END AS device
    FROM playables p
    JOIN titles t USING (title_id)
    CROSS JOIN (SELECT coalesce($14::timestamptz, clock_timestamp()) AS at) n
    LEFT JOIN accounts a ON a.account_id = $1
    LEFT JOIN profiles pr ON pr.profile_id = $3
    LEFT JOIN entitlements e ON e.account_id = $1
    LEFT JOIN devices d ON d.device_id = $5
    LEFT JOIN positions pos ON pos.profile_id = $3 AND pos.playable_id = p.playable_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_of,
            count(*) FILTER (WHERE here.yes) AS here,
            count(*) FILTER (WHERE here.yes AND coalesce(x.starts_at <= n.at, true) AND coalesce(x.ends_at > n.at, true)) AS open,
            count(*) FILTER (WHERE here.yes AND x.starts_at > n.at) AS to_come
        FROM title_windows x
        CROSS JOIN LATERAL (SELECT x.regions = '{}' OR $7 = ANY (x.regions) AS yes) here
        WHERE x.title_id = t.title_id
    ) w
    WHERE p.playable_id = $8
), taken AS MATERIALIZED (
    SELECT facts.*, CASE
        WHEN coalesce(account, profile, plan, height, title, region, "window", maturity, device) IS NULL
        THEN acquire_lease($1, $2, $3, $4, $5, title_id, playable_id, asset_id, duration, resume_at, label, device_name,
            profile_name, max_streams, overflow, $9, $10, $11, $12, $13, $14) END AS lease
    FROM facts
)
SELECT asset_id, duration, hls, dash, thumbnails, heights, answer, plan_height, max_streams, resume_at,
    account, profile, plan, height, title, region, "window", maturity, device,
    (lease).admitted, (lease).fencing, (lease).expires_at, (lease).active::text AS active,
    (lease).takeover_expires_at,
    CASE WHEN lease IS NULL THEN (SELECT count(*) FROM leases l WHERE l.account_id = $1
        AND l.expires_at > coalesce($14::timestamptz, clock_timestamp())) END AS held
FROM taken
"""

CLAIM_TAKEOVER = """
UPDATE takeovers SET used_at = coalesce($4::timestamptz, clock_timestamp())
WHERE token_hash = $1 AND account_id = $2 AND profile_id = $3 AND used_at IS NULL
    AND expires_at > coalesce($4::timestamptz, clock_timestamp())
RETURNING playable_id, device_id, max_height, ends_session_id
"""

# A lower or equal `seq` is a repetition: it changes nothing.
HEARTBEAT = """
WITH clock AS MATERIALIZED (SELECT coalesce($8::timestamptz, clock_timestamp()) AS at), renewed AS (
    UPDATE leases l SET seq = $4, position = least($5::float8, s.duration), state = $6,
        expires_at = coalesce($8::timestamptz, clock_timestamp()) + $7::interval
    FROM sessions s
    WHERE l.session_id = $1 AND s.session_id = $1 AND l.account_id = $2 AND l.fencing = $3 AND l.seq < $4
        AND l.expires_at > coalesce($8::timestamptz, clock_timestamp())
    RETURNING l.expires_at, l.position, s.profile_id, s.device_id, s.title_id, s.playable_id, s.asset_id, s.duration
), progress AS (
    INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
    SELECT profile_id, playable_id, position, $6 = 'ended', clock.at FROM renewed, clock
    ON CONFLICT (profile_id, playable_id) DO UPDATE
    SET position = excluded.position, ended = excluded.ended, occurred_at = excluded.occurred_at
    WHERE p.occurred_at <= excluded.occurred_at
), told AS (
    INSERT INTO outbox (event_id, topic, key, type, payload)
    SELECT uuidv7(), 'watch.progress', profile_id::text, 'bijou.playback.progress.updated.v1', jsonb_build_object(
        'profile_id', profile_id, 'account_id', $2::uuid, 'session_id', $1::uuid, 'device_id', device_id,
        'title_id', title_id, 'playable_id', playable_id, 'seq', $4::bigint, 'position', position, 'duration', duration,
        'state', $6::text, 'occurred_at', clock.at)
    FROM renewed, clock
)
SELECT asset_id, expires_at FROM renewed
"""

# Asked only when a heartbeat renewed nothing: a repetition, a lease that is gone, or a session that never was ours.
STANDING = """
SELECT s.asset_id, l.expires_at, l.session_id IS NOT NULL AS alive, s.end_reason
FROM sessions s LEFT JOIN leases l ON l.session_id = s.session_id AND l.fencing = $3 AND l.seq >= $4
    AND l.expires_at > coalesce($5::timestamptz, clock_timestamp())
WHERE s.session_id = $1 AND s.account_id = $2
"""

LAST_POSITION = """
WITH clock AS MATERIALIZED (SELECT coalesce($4::timestamptz, clock_timestamp()) AS at), moved AS (
    UPDATE leases l SET seq = l.seq + 1, position = least($3::float8, s.duration)
    FROM sessions s
    WHERE l.session_id = $1 AND s.session_id = $1 AND l.account_id = $2
        AND l.expires_at > coalesce($4::timestamptz, clock_timestamp())
    RETURNING l.seq, l.position, l.state, s.profile_id, s.device_id, s.title_id, s.playable_id, s.duration
), progress AS (
    INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
    SELECT profile_id, playable_id, position, state = 'ended', clock.at FROM moved, clock
    ON CONFLICT (profile_id, playable_id) DO UPDATE
    SET position = excluded.position, ended = excluded.ended, occurred_at = excluded.occurred_at
    WHERE p.occurred_at <= excluded.occurred_at
)
INSERT INTO outbox (event_id, topic, key, type, payload)
SELECT uuidv7(), 'watch.progress', profile_id::text, 'bijou.playback.progress.updated.v1', jsonb_build_object(
    'profile_id', profile_id, 'account_id', $2::uuid, 'session_id', $1::uuid, 'device_id', device_id,
    'title_id', title_id, 'playable_id', playable_id, 'seq', seq, 'position', position, 'duration', duration,
    'state', CASE state WHEN 'ended' THEN 'ended' ELSE 'stopped' END, 'occurred_at', clock.at)
FROM moved, clock
"""

# A lease that has run out already is ended as expired: what ended it is time, not the caller.
END = """
SELECT end_leases(ARRAY[s.session_id], CASE WHEN l.expires_at <= n.at THEN 'expired'
    WHEN $3::text = 'stopped' AND l.state = 'ended' THEN 'ended' ELSE $3::text END, n.at)
FROM sessions s LEFT JOIN leases l USING (session_id)
CROSS JOIN (SELECT coalesce($4::timestamptz, clock_timestamp()) AS at) n
WHERE s.session_id = $1 AND s.account_id = $2
"""

ACTIVE = """
SELECT s.session_id, s.title, s.device, s.profile, s.started_at, l.position
FROM leases l JOIN sessions s USING (session_id)
WHERE l.account_id = $1 AND l.expires_at > coalesce($2::timestamptz, clock_timestamp())
ORDER BY l.acquired_at, l.fencing
"""

# SKIP LOCKED: replicas share the work, and a lease being renewed at this moment is left alone.
SWEEP = """
WITH over AS MATERIALIZED (
    SELECT l.session_id FROM leases l WHERE l.expires_at <= coalesce($1::timestamptz, clock_timestamp())
    ORDER BY l.expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
SELECT end_leases(array_agg(session_id), 'expired', coalesce($1::timestamptz, clock_timestamp()), true) FROM over
"""

PURGE = """
WITH used AS (DELETE FROM takeovers WHERE expires_at < now() - interval '1 day')
DELETE FROM revoked_sign_ins WHERE revoked_at < now() - interval '7 days'
"""


@dataclass(frozen=True, slots=True)
class Play:
    """What to play, and on which device. `max_height` is what the device can show, in pixels."""

    playable_id: UUID
    device_id: UUID | None
    max_height: int | None = None


async def start(
    connection: Any,
    who: Principal,
    play: Play,
    session_id: UUID,
    *,
    ends: UUID | None,
    ttl: timedelta,
    takeover_hash: bytes,
    takeover_ttl: timedelta,
    at: datetime | None,
) -> Any:
    """Decide and, where every gate is open, admit. Return the facts and the outcome, or None for an unknown playable."""
    return await connection.fetchrow(
        START, who.account_id, session_id, who.profile_id, who.session_id, play.device_id, who.maturity, who.country,
        play.playable_id, ends, play.max_height, ttl, takeover_hash, takeover_ttl, at,
    )  # fmt: skip


async def claim_takeover(
    connection: Any, token_hash: bytes, account_id: UUID, profile_id: UUID, at: datetime | None
) -> Any:
    """Use up a takeover; None when there is none, it is used or over, or it is somebody else's."""
    return await connection.fetchrow(CLAIM_TAKEOVER, token_hash, account_id, profile_id, at)


async def takeover_exists(connection: Any, token_hash: bytes, account_id: UUID, profile_id: UUID) -> bool:
    """Tell whether this takeover was ever given to this profile."""
    known = await connection.fetchval(
        "SELECT true FROM takeovers WHERE token_hash = $1 AND account_id = $2 AND profile_id = $3",
        token_hash, account_id, profile_id,
    )  # fmt: skip
    return bool(known)


async def forget_key(session: AsyncSession, scope: str, key: str) -> None:
    """Take back the claim on an idempotency key whose request was refused, so that it may be tried again."""
    await session.execute(
        text("DELETE FROM idempotency_keys WHERE scope = :scope AND key = :key"), {"scope": scope, "key": key}
    )


async def heartbeat(
    connection: Any, session_id: UUID, account_id: UUID, *, fencing: int, seq: int, position: float, state: str,
    ttl: timedelta, at: datetime | None,
) -> Any:  # fmt: skip
    """Renew a live lease and record the position; return `(asset_id, expires_at)`, or None when nothing was renewed."""
    return await connection.fetchrow(HEARTBEAT, session_id, account_id, fencing, seq, position, state, ttl, at)


async def standing(
    connection: Any, session_id: UUID, account_id: UUID, *, fencing: int, seq: int, at: datetime | None
) -> Any:
    """Return how a session stands whose heartbeat renewed nothing; None when the account has no such session."""
    return await connection.fetchrow(STANDING, session_id, account_id, fencing, seq, at)


async def end(
    connection: Any, session_id: UUID, account_id: UUID, *, reason: str, position: float | None, at: datetime | None
) -> bool:
    """End a session, with its last position where known, in one transaction. False: the account has no such session."""
    async with connection.transaction():
        if position is not None:
            await connection.execute(LAST_POSITION, session_id, account_id, position, at)
        return await connection.fetchval(END, session_id, account_id, reason, at) is not None


async def active(connection: Any, account_id: UUID, at: datetime | None) -> list[Any]:
    """Return the sessions holding the account's slots, oldest first."""
    found: list[Any] = await connection.fetch(ACTIVE, account_id, at)
    return found


async def sweep(connection: Any, at: datetime | None, limit: int) -> int:
    """End up to `limit` leases that have run out; return how many."""
    return await connection.fetchval(SWEEP, at, limit) or 0


async def purge(connection: Any) -> None:
    """Delete takeovers and revocations that can no longer matter."""
    await connection.execute(PURGE)
