"""Starting plays. A start is one statement and so one transaction; time is the database's own clock.

Statements take `at` for tests; null there means the database's clock, which all replicas share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.contracts.token import Principal
from services.playback.repository import gates

# What an answer says beside the verdicts.
COLUMNS = """p.asset_id, p.duration, p.label, p.hls, p.dash, p.thumbnails, p.answer::text AS answer,
        coalesce(e.overflow, 'block_newest') AS overflow, coalesce(d.name, 'Unknown device') AS device_name,
        coalesce(pr.name, 'Profile') AS profile_name,
        CASE WHEN p.trailer OR pos.ended OR pos.position >= p.duration * 0.95 OR pos.position >= p.credits_start THEN 0
             ELSE coalesce(pos.position, 0) END AS resume_at,"""
# Where the profile is: as written down, or on a lease that has not told its newest yet.
POSITION = """LEFT JOIN LATERAL (
        SELECT r.position, r.ended, r.occurred_at AS at, 1 AS place FROM positions r
        WHERE r.profile_id = asked.profile_id AND r.playable_id = asked.playable_id
        UNION ALL SELECT l.position, l.state = 'ended', l.beat_at, 2 FROM leases l
        WHERE l.account_id = asked.account_id AND l.untold AND l.profile_id = asked.profile_id
            AND l.playable_id = asked.playable_id
        ORDER BY at DESC, place DESC LIMIT 1
    ) pos ON true"""

# acquire_lease() runs only where every gate is open.
START = f"""
WITH asked AS (
    SELECT $1::uuid AS account_id, $3::uuid AS profile_id, $4::uuid AS sign_in_id, $5::uuid AS device_id,
        $8::uuid AS playable_id, $6::integer AS maturity, $7::text AS country, n.at, n.at + $15::interval AS hard_end
    FROM (SELECT coalesce($14::timestamptz, clock_timestamp()) AS at) n
), {gates.facts(COLUMNS, POSITION)}, taken AS MATERIALIZED (
    SELECT facts.*, CASE WHEN {gates.REFUSAL} IS NULL
        THEN acquire_lease($1, $2, $3, $4, $5, $6, $7, title_id, playable_id, asset_id, duration, resume_at, label,
            device_name, profile_name, max_streams, overflow, $9, $16, $10, $11, ends_at, ends_code, $12, $13, $14)
        END AS lease
    FROM facts WHERE title_id IS NOT NULL
)
SELECT asset_id, duration, hls, dash, thumbnails, heights, answer, plan_height, max_streams, resume_at, ends_at,
    {", ".join(f'no_{gate} AS "{gate}"' for gate in gates.GATES)},
    (lease).admitted, (lease).fencing, (lease).expires_at, (lease).active::text AS active,
    (lease).takeover_expires_at,
    CASE WHEN lease IS NULL THEN (SELECT count(*) FROM leases l
        WHERE l.account_id = $1 AND l.expires_at > taken.at AND NOT l.trailer) END AS held
FROM taken
"""  # noqa: S608

CLAIM_TAKEOVER = """
UPDATE takeovers SET used_at = coalesce($4::timestamptz, clock_timestamp())
WHERE token_hash = $1 AND account_id = $2 AND profile_id = $3 AND used_at IS NULL
    AND expires_at > coalesce($4::timestamptz, clock_timestamp())
RETURNING playable_id, device_id, max_height, ends_session_id
"""


@dataclass(frozen=True, slots=True)
class Play:
    """What to play, and on which device. `max_height` is what the device can show, in pixels.

    `replaces` is a session of the same sign-in that ends in the same decision; `ends` the one a takeover names.
    """

    playable_id: UUID
    device_id: UUID | None
    max_height: int | None = None
    replaces: UUID | None = None
    ends: UUID | None = None


async def start(
    connection: Any,
    who: Principal,
    play: Play,
    session_id: UUID,
    *,
    ttl: timedelta,
    longest: timedelta,
    takeover_hash: bytes,
    takeover_ttl: timedelta,
    at: datetime | None,
) -> Any:
    """Decide and, where every gate is open, admit. Return the facts and the outcome, or None for an unknown playable."""
    return await connection.fetchrow(
        START, who.account_id, session_id, who.profile_id, who.session_id, play.device_id, who.maturity, who.country,
        play.playable_id, play.ends, play.max_height, ttl, takeover_hash, takeover_ttl, at, longest, play.replaces,
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


def key_scope(who: Principal) -> str:
    """Whose idempotency keys of starts these are."""
    return f"start:{who.account_id}:{who.profile_id}"


async def forget_key(session: AsyncSession, scope: str, key: str) -> None:
    """Take back the claim on an idempotency key whose request was refused, so that it may be tried again."""
    await session.execute(
        text("DELETE FROM idempotency_keys WHERE scope = :scope AND key = :key"), {"scope": scope, "key": key}
    )


async def leave_key(session: AsyncSession, scope: str, key: str) -> UUID | None:
    """Return the session started under an idempotency key, waiting for a start that is under way.

    None where there is none; then none will ever start under this key.
    """
    values = {"scope": scope, "key": key}
    claimed = await session.execute(
        text(
            "INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES (:scope, :key, 'left')"
            " ON CONFLICT (scope, key) DO NOTHING RETURNING 1"
        ),
        values,
    )
    if claimed.first() is not None:
        return None
    started = text("SELECT body ->> 'session_id' FROM idempotency_keys WHERE scope = :scope AND key = :key")
    found = (await session.execute(started, values)).scalar()
    return UUID(found) if found else None
