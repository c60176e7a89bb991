"""Use cases of playback: start a play, keep it alive, end it, take a slot over."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Counter

from libs.chassis import idempotency, telemetry
from libs.chassis.clock import Clock
from libs.chassis.database import Database, is_transient
from libs.chassis.ids import new_id
from libs.chassis.problems import Gone, NotFound, Problem, Unavailable
from libs.chassis.tokens import Principal
from services.playback import domain
from services.playback.grants import Grants
from services.playback.repository import leases
from services.playback.repository.leases import Play
from services.playback.settings import Settings

log = telemetry.logger(__name__)

STARTS = Counter("bijou_playback_starts_total", "Play decisions", ["outcome"])
HEARTBEATS = Counter("bijou_playback_heartbeats_total", "Heartbeats", ["outcome"])


class PlayableUnknown(NotFound):
    """There is no such title. Go back and choose another one."""

    code = "playable_not_found"


class SessionUnknown(NotFound):
    """There is no such playback session on your account."""

    code = "session_not_found"


class LeaseLost(Gone):
    """This stream was stopped or taken over by another device. Press play to start it again."""

    code = "lease_lost"


class TakeoverUnknown(NotFound):
    """There is no such takeover. Start playing again to get a new one."""

    code = "takeover_not_found"


class TakeoverOver(Gone):
    """This takeover was used already or has run out. Start playing again to get a new one."""

    code = "takeover_expired"


MAY_BE_NEWS = frozenset(
    {domain.NoPlan.code, domain.TitleNotPublished.code, domain.TitleNotReady.code, PlayableUnknown.code}
)
NEWS_SECONDS = 0.2


class Playback:
    """The use cases, on one database. Without a `clock` leases run by the database's own, which all replicas share."""

    def __init__(self, db: Database, grants: Grants, settings: Settings, clock: Clock | None = None) -> None:
        self._db = db
        self._grants = grants
        self._settings = settings
        self._clock = clock
        self._ttl = timedelta(seconds=settings.lease_ttl)
        self._takeover_ttl = timedelta(seconds=settings.takeover_ttl)

    async def start(self, who: Principal, play: Play) -> dict[str, Any]:
        """Admit a play and return its session, or raise why not."""

        async def attempt() -> dict[str, Any]:
            async with self._connection() as connection:
                return self._answered(await self._decide(connection, who, play))

        return await self._patiently(attempt)

    async def start_once(self, who: Principal, play: Play, key: str, body: Any) -> dict[str, Any]:
        """The same under an idempotency key: a repetition gets the first admission's answer. Refusals are not kept."""
        return await self._patiently(lambda: self._start_once(who, play, key, body))

    async def _start_once(self, who: Principal, play: Play, key: str, body: Any) -> dict[str, Any]:
        scope = f"start:{who.account_id}:{who.profile_id}"
        refused: list[Problem] = []

        async def work() -> tuple[int, dict[str, Any]]:
            raw = await (await session.connection()).get_raw_connection()
            found = await self._decide(raw.driver_connection, who, play)
            if isinstance(found, Problem):
                refused.append(found)
                return found.status, {}
            return 201, found

        try:
            async with self._db.transaction() as session:
                _, answer = await idempotency.once(session, scope=scope, key=key, body=body, work=work)
                if refused:
                    await leases.forget_key(session, scope, key)
        except Exception as error:
            if _is_away(error):
                raise Unavailable(retry_after=1) from error
            raise
        if refused:
            raise refused[0]
        return answer

    async def take_over(self, who: Principal, token: str) -> dict[str, Any]:
        """Use up a takeover: end the stream it names and start the play it was given for, in one transaction."""
        token_hash = _hash(token)
        async with self._connection() as connection:
            async with connection.transaction():
                claimed = await leases.claim_takeover(connection, token_hash, who.account_id, who.profile, self._at())
                if claimed is not None:
                    play = Play(claimed["playable_id"], claimed["device_id"], claimed["max_height"])
                    ends = claimed["ends_session_id"]
                    session = self._answered(await self._decide(connection, who, play, ends=ends))
                    STARTS.labels("taken_over").inc()
                    return session
            known = await leases.takeover_exists(connection, token_hash, who.account_id, who.profile)
            raise TakeoverOver if known else TakeoverUnknown

    async def heartbeat(
        self, session_id: UUID, account_id: UUID, *, fencing: int, seq: int, position: float, state: str
    ) -> dict[str, Any]:
        """Renew a lease and record where the viewer is; both are committed when this returns."""
        async with self._connection() as connection:
            found = await leases.heartbeat(
                connection, session_id, account_id, fencing=fencing, seq=seq, position=position, state=state,
                ttl=self._ttl, at=self._at(),
            )  # fmt: skip
            outcome = "renewed"
            if found is None:
                outcome = "repeated"
                found = await leases.standing(
                    connection, session_id, account_id, fencing=fencing, seq=seq, at=self._at()
                )
                if found is None:
                    raise SessionUnknown
                if not found["alive"]:
                    HEARTBEATS.labels("lost").inc()
                    raise LeaseLost(reason=found["end_reason"] or "expired")
        HEARTBEATS.labels(outcome).inc()
        grant_expires = self._grant_expiry()
        return {
            "expires_at": found["expires_at"],
            "grant": self._grants.prefix(found["asset_id"], session_id, grant_expires),
            "grant_expires_at": datetime.fromtimestamp(grant_expires, UTC),
        }

    async def end(self, session_id: UUID, account_id: UUID, *, reason: str, position: float | None = None) -> None:
        """End a session of the account; one that has ended already stays as it is."""
        async with self._connection() as connection:
            if not await leases.end(
                connection, session_id, account_id, reason=reason, position=position, at=self._at()
            ):
                raise SessionUnknown

    async def active(self, account_id: UUID) -> list[Any]:
        """Return who holds the account's slots."""
        async with self._connection() as connection:
            return await leases.active(connection, account_id, self._at())

    async def _patiently(self, attempt: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Ask again for a moment where the refusal is one that news on its way from a neighbour may turn.

        Who has just paid, or just published, and presses play must not be faster than the event that tells us.
        """
        deadline = time.monotonic() + self._settings.news_patience
        while True:
            try:
                answer = await attempt()
            except Problem as refusal:
                if refusal.code not in MAY_BE_NEWS or time.monotonic() >= deadline:
                    STARTS.labels(refusal.code).inc()
                    raise
                await asyncio.sleep(NEWS_SECONDS)
            else:
                STARTS.labels("admitted").inc()
                return answer

    async def _decide(
        self, connection: Any, who: Principal, play: Play, ends: UUID | None = None
    ) -> dict[str, Any] | Problem:
        session_id = new_id()
        token = secrets.token_urlsafe(24)
        facts = await leases.start(
            connection, who, play, session_id, ends=ends, ttl=self._ttl, takeover_hash=_hash(token),
            takeover_ttl=self._takeover_ttl, at=self._at(),
        )  # fmt: skip
        if facts is None:
            return PlayableUnknown()
        codes = {gate: facts[gate] for gate in domain.GATES if gate != "slot"}
        full = facts["held"] >= facts["max_streams"] if facts["admitted"] is None else not facts["admitted"]
        # Without a plan there are no slots to be full: the plan gate has said so.
        codes["slot"] = domain.StreamsExceeded.code if full and facts["max_streams"] else None
        max_height = domain.cap(facts["heights"], facts["plan_height"], play.max_height)
        decision = domain.decision(codes, max_height=max_height)
        if facts["admitted"]:
            return self._session(session_id, facts, decision, max_height)
        code = domain.first_refusal(codes)
        assert code is not None
        members: dict[str, Any] = {"decision": decision}
        if facts["admitted"] is not None:
            members |= {
                "active": orjson.loads(facts["active"]),
                "takeover": {
                    "href": f"/api/v1/playback/takeovers/{token}",
                    "expires_at": facts["takeover_expires_at"],
                },
                "limit": facts["max_streams"],
            }
        return domain.REFUSALS[code](**members)

    def _session(
        self, session_id: UUID, facts: Any, decision: dict[str, Any], max_height: int | None
    ) -> dict[str, Any]:
        grant_expires = self._grant_expiry()
        prefix = self._grants.prefix(facts["asset_id"], session_id, grant_expires)
        thumbnails = facts["thumbnails"]
        return {
            "session_id": session_id,
            "fencing": facts["fencing"],
            "decision": decision,
            "manifests": {"hls": f"{prefix}/{facts['hls']}", "dash": f"{prefix}/{facts['dash']}"},
            "license": None,
            "trickplay": {"vtt": f"{prefix}/{thumbnails}"} if thumbnails else None,
            "resume_at": facts["resume_at"],
            "duration": facts["duration"],
            "max_height": max_height,
            **orjson.loads(facts["answer"]),
            "heartbeat_interval": self._settings.heartbeat_interval,
            "expires_at": facts["expires_at"],
            "grant_expires_at": datetime.fromtimestamp(grant_expires, UTC),
        }

    @staticmethod
    def _answered(found: dict[str, Any] | Problem) -> dict[str, Any]:
        if isinstance(found, Problem):
            raise found
        return found

    def _at(self) -> datetime | None:
        return self._clock.now() if self._clock else None

    def _grant_expiry(self) -> int:
        now = self._clock.now().timestamp() if self._clock else time.time()
        return int(now) + self._settings.grant_ttl

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._db.pool.acquire() as connection:
                yield connection
        except Exception as error:
            if _is_away(error):
                raise Unavailable(retry_after=1) from error
            raise


def _is_away(error: Exception) -> bool:
    """Tell whether the database is only away for a moment."""
    if not is_transient(error):
        return False
    log.warning("database_unavailable", reason=f"{type(error).__name__}: {error}")
    return True


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
