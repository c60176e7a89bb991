"""Idempotency keys: the same key and body get the same answer, however often and however concurrently they come."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import Header
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import text as chars
from libs.chassis.problems import BadRequest, Invalid

EXAMPLE = "5f0c1f9e-8f0b-4c56-9a53-0f6f4f1d2b7c"
Key = Annotated[
    Annotated[str, chars.token(128, shortest=8)] | None,
    Header(
        alias="Idempotency-Key",
        description="A new random value for each thing that is wanted, the same one for each repetition of it.",
        examples=[EXAMPLE],
    ),
]


class KeyMissing(BadRequest):
    """Send an Idempotency-Key header, so that a repeated request cannot be carried out twice."""

    code = "idempotency_key_missing"


class KeyReused(Invalid):
    """This Idempotency-Key was used for a different request. Use a new one."""

    code = "idempotency_key_reused"


def fingerprint(body: Any) -> str:
    """Return a digest of a JSON-able body that does not depend on the order of its keys."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


async def answered(session: AsyncSession, *, scope: str, key: str, body: Any) -> tuple[int, dict[str, Any]] | None:
    """Return `(status, body)` where this key has been answered; None where it has not. Raises `KeyReused`."""
    found = (
        await session.execute(
            text("SELECT fingerprint, status, body FROM idempotency_keys WHERE scope = :scope AND key = :key"),
            {"scope": scope, "key": key},
        )
    ).first()
    if found is None:
        return None
    if found.fingerprint != fingerprint(body):
        raise KeyReused
    return found.status, found.body


async def once(
    session: AsyncSession, *, scope: str, key: str, body: Any, work: Callable[[], Awaitable[tuple[int, dict[str, Any]]]]
) -> tuple[int, dict[str, Any]]:
    """Run `work` unless this key has been answered before; return `(status, body)` either way.

    The claim is a row inserted in the caller's transaction: a second request with the key waits on it and then reads the
    answer; if the first one rolls back (an error answer, a crash), nothing is kept and the second one runs.
    """
    claim = await session.execute(
        text(
            "INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES (:scope, :key, :fingerprint)"
            " ON CONFLICT (scope, key) DO NOTHING RETURNING 1"
        ),
        {"scope": scope, "key": key, "fingerprint": fingerprint(body)},
    )
    if claim.first() is None:
        known = await answered(session, scope=scope, key=key, body=body)
        assert known is not None  # who holds the key has committed its answer
        return known
    status, answer = await work()
    await session.execute(
        text(
            "UPDATE idempotency_keys SET status = :status, body = CAST(:body AS jsonb) WHERE scope = :scope AND key = :key"
        ),
        {"scope": scope, "key": key, "status": status, "body": orjson.dumps(answer, default=str).decode()},
    )
    return status, answer
