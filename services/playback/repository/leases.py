"""Renewing and ending plays. Each is one statement and so one transaction; time is the database's own clock.

Statements take `at` for tests; null there means the database's clock, which all replicas share.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.playback.repository import gates

PROGRESS = """jsonb_build_object(
        'profile_id', profile_id, 'account_id', $2::uuid, 'session_id', $1::uuid, 'device_id', device_id,
        'title_id', title_id, 'playable_id', playable_id, 'seq', $4::bigint, 'position', position, 'duration', duration,
        'state', $6::text, 'occurred_at', beat_at)"""
REMEMBER = """
    INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
    SELECT profile_id, playable_id, position, state = 'ended', beat_at FROM renewed WHERE NOT untold AND NOT trailer
    ON CONFLICT (profile_id, playable_id) DO UPDATE
    SET position = excluded.position, ended = excluded.ended, occurred_at = excluded.occurred_at
    WHERE p.occurred_at <= excluded.occurred_at"""

# A jump is more than what twice the speed, and a beat that was late, can explain.
JUMP = """$5 < l.position - 3
            OR $5 > l.position + 5 + 2 * extract(epoch FROM {at} - coalesce(l.beat_at, l.acquired_at))"""
# What others must hear of at once; otherwise a position is told every 30 s.
NEWS = f"""l.told_at IS NULL OR l.told_at <= f.at - interval '30 s' OR l.state <> $6 OR {JUMP.format(at="f.at")}"""

# A heartbeat that is no news, of a lease that was judged less than 30 s ago. What changes meanwhile makes itself heard: an event
# of the account asks for a judgement, one of the title has another version, and the lease has its hard end.
RENEW = f"""
UPDATE leases l SET seq = $4, position = $5, beat_at = greatest(n.at, l.beat_at), untold = true,
    expires_at = least(n.at + $7::interval, l.ends_at)
FROM (SELECT coalesce($8::timestamptz, now()) AS at) n
WHERE l.session_id = $1 AND l.account_id = $2 AND l.fencing = $3 AND l.seq < $4 AND l.expires_at > n.at AND l.state = $6
    AND l.judged_at > n.at - interval '30 s' AND $5 <= l.duration AND NOT ({JUMP.format(at="n.at")})
    AND l.title_version = (SELECT t.version FROM titles t WHERE t.title_id = l.title_id)
RETURNING l.expires_at, l.ends_at, l.asset_id, l.heights, l.plan_height, l.device_height
"""  # noqa: S608

# The same, judged. A lower or equal `seq` is a repetition: it changes nothing. Where a gate has closed the stream ends here and
# now. The heights of an asset that has taken the place of the one on screen say nothing about that one. Of two at once the later
# may have begun first: time does not go back on a lease. Whoever changed the lease since the facts were read may have known newer
# ones: then the next heartbeat is judged too.
JUDGE = f"""
WITH asked AS (
    SELECT l.account_id, s.profile_id, s.sign_in_id, s.device_id, s.playable_id, s.maturity, $9::text AS country, n.at,
        s.started_at + $10::interval AS hard_end, s.asset_id AS playing, s.title_id AS watched, s.duration, s.device_height,
        l.xmin AS seen
    FROM leases l JOIN sessions s USING (session_id)
    CROSS JOIN (SELECT coalesce($8::timestamptz, clock_timestamp()) AS at) n
    WHERE l.session_id = $1 AND l.account_id = $2 AND l.fencing = $3 AND l.seq < $4 AND l.expires_at > n.at
), {gates.facts("p.asset_id, t.version AS title_version,")}, judged AS MATERIALIZED (
    SELECT *, {gates.REFUSAL} AS refusal, CASE WHEN asset_id = playing THEN heights END AS its_heights FROM facts
), renewed AS (
    UPDATE leases l SET seq = $4, position = least($5::float8, f.duration), state = $6, beat_at = greatest(f.at, l.beat_at),
        expires_at = least(f.at + $7::interval, f.ends_at), ends_at = f.ends_at, ends_code = f.ends_code,
        untold = NOT ({NEWS}), told_at = CASE WHEN {NEWS} THEN f.at ELSE l.told_at END,
        judged_at = CASE WHEN l.xmin = f.seen THEN f.at END, title_version = f.title_version, profile_id = f.profile_id,
        playable_id = f.playable_id, asset_id = f.playing, duration = f.duration, heights = f.its_heights,
        plan_height = f.plan_height, device_height = f.device_height
    FROM judged f
    WHERE l.session_id = $1 AND l.seq < $4 AND l.expires_at > f.at AND f.refusal IS NULL
    RETURNING l.expires_at, l.position, l.state, l.beat_at, l.untold, f.profile_id, f.device_id, f.watched AS title_id,
        f.playable_id, f.duration, l.trailer
), progress AS ({REMEMBER}
), told AS (
    INSERT INTO outbox (event_id, topic, key, type, payload)
    SELECT uuidv7(), 'watch.progress', profile_id::text, 'bijou.playback.progress.updated.v1', {PROGRESS}
    FROM renewed WHERE NOT untold AND NOT trailer
)
SELECT f.playing AS asset_id, f.its_heights AS heights, f.plan_height, f.device_height, f.ends_at, f.refusal, r.expires_at,
    CASE WHEN f.refusal IS NOT NULL THEN end_leases(ARRAY[$1], f.refusal, f.at) END AS ended
FROM judged f LEFT JOIN renewed r ON true
"""  # noqa: S608

# Asked only when a heartbeat renewed nothing: a repetition, a lease that is gone, or a session that never was ours.
STANDING = """
SELECT s.asset_id, l.expires_at, l.ends_at, s.device_height,
    CASE WHEN p.trailer THEN p.heights[array_upper(p.heights, 1)] ELSE e.max_height END AS plan_height,
    CASE WHEN p.asset_id = s.asset_id THEN p.heights END AS heights,
    l.session_id IS NOT NULL AS alive, s.end_reason
FROM sessions s
LEFT JOIN leases l ON l.session_id = s.session_id AND l.fencing = $3 AND l.seq >= $4
    AND l.expires_at > coalesce($5::timestamptz, clock_timestamp())
LEFT JOIN playables p ON p.playable_id = s.playable_id
LEFT JOIN entitlements e ON e.account_id = s.account_id
WHERE s.session_id = $1 AND s.account_id = $2
"""

LAST_POSITION = """
UPDATE leases l SET seq = l.seq + 1, position = least($3::float8, s.duration), beat_at = greatest(n.at, l.beat_at), untold = true
FROM sessions s CROSS JOIN (SELECT coalesce($4::timestamptz, clock_timestamp()) AS at) n
WHERE l.session_id = $1 AND s.session_id = $1 AND l.account_id = $2 AND l.expires_at > n.at
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
WHERE l.account_id = $1 AND l.expires_at > coalesce($2::timestamptz, clock_timestamp()) AND NOT l.trailer
ORDER BY l.acquired_at, l.fencing
"""

# SKIP LOCKED: replicas share the work, and a lease being renewed at this moment is left alone. No index knows when leases run
# out, since keeping one costs each heartbeat more than reading the live rows once a second: 2,000 take 1.6 ms, 100,000 take 22.
SWEEP = """
WITH over AS MATERIALIZED (
    SELECT l.session_id FROM leases l WHERE l.expires_at <= $1::timestamptz LIMIT $2 FOR UPDATE SKIP LOCKED
)
SELECT end_leases(array_agg(session_id), 'expired', $1, true) FROM over
"""

# Until when the longest grant of each might be good, the first to end first.
ENDED = """
SELECT session_id, ended_at, ceil(extract(epoch FROM started_at + $3::interval))::bigint AS until
FROM sessions
WHERE ended_at IS NOT NULL AND (ended_at, session_id) > ($1, $2) AND started_at + $3::interval > $4::timestamptz
ORDER BY ended_at, session_id LIMIT $5
"""


async def renew(
    connection: Any, session_id: UUID, account_id: UUID, *, fencing: int, seq: int, position: float, state: str,
    ttl: timedelta, at: datetime | None,
) -> Any:  # fmt: skip
    """Renew a live lease by what it was last judged by, and keep the position on it.

    None where that is too long ago, or this heartbeat is news, or there is nothing to renew: `judge` tells which.
    """
    return await connection.fetchrow(RENEW, session_id, account_id, fencing, seq, position, state, ttl, at)


async def judge(
    connection: Any, session_id: UUID, account_id: UUID, *, fencing: int, seq: int, position: float, state: str,
    ttl: timedelta, at: datetime | None, country: str, longest: timedelta,
) -> Any:  # fmt: skip
    """Renew a live lease and record the position; where a gate has closed end it instead, and return its `refusal`.

    `expires_at` is null when nothing was renewed; None when there was nothing to renew.
    """
    return await connection.fetchrow(
        JUDGE, session_id, account_id, fencing, seq, position, state, ttl, at, country, longest
    )


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


async def watched_by(connection: Any, session_id: UUID, account_id: UUID) -> UUID | None:
    """Return the profile of a session of the account."""
    profile_id: UUID | None = await connection.fetchval(
        "SELECT profile_id FROM sessions WHERE session_id = $1 AND account_id = $2", session_id, account_id
    )
    return profile_id


async def active(connection: Any, account_id: UUID, at: datetime | None) -> list[Any]:
    """Return the sessions holding the account's slots, oldest first."""
    found: list[Any] = await connection.fetch(ACTIVE, account_id, at)
    return found


async def sweep(connection: Any, at: datetime | None, limit: int) -> int:
    """End up to `limit` leases that have run out; return how many."""
    at = at or await connection.fetchval("SELECT clock_timestamp()")
    return await connection.fetchval(SWEEP, at, limit) or 0


async def ended(
    connection: Any, after: tuple[datetime, UUID], *, longest: timedelta, at: datetime, limit: int
) -> list[Any]:
    """Return sessions that ended after a moment while a grant of theirs may still be good."""
    found: list[Any] = await connection.fetch(ENDED, *after, longest, at, limit)
    return found
