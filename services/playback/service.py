"""Use cases of playback: start a play, keep it alive, end it, take a slot over."""

from __future__ import annotations

import asyncio
import hashlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Counter

from libs.chassis import auth, idempotency, telemetry
from libs.chassis.clock import Clock
from libs.chassis.database import Database, is_transient
from libs.chassis.ids import new_id
from libs.chassis.pages import BadCursor
from libs.chassis.problems import Gone, NotFound, Problem, Unavailable
from libs.chassis.tokens import Principal
from services.playback import domain
from services.playback.grants import Grants
from services.playback.repository import leases, starts
from services.playback.repository.starts import Play
from services.playback.schemas import PlayableAnswer
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
    """This stream is over. Press play to start it again."""

    code = "lease_lost"

    @classmethod
    def because(cls, reason: str) -> LeaseLost:
        detail, gate = domain.why_ended(reason)
        return cls(detail, reason=reason, gate=gate) if gate else cls(detail, reason=reason)


class TakeoverUnknown(NotFound):
    """There is no such takeover. Start playing again to get a new one."""

    code = "takeover_not_found"


class TakeoverOver(Gone):
    """This takeover was used already or has run out. Start playing again to get a new one."""

    code = "takeover_expired"


# What the viewer, or who publishes, may have changed a moment ago.
MAY_BE_NEWS = frozenset(
    kind.code
    for kind in (
        domain.AccountClosed, domain.ProfileNotAllowed, domain.NoPlan, domain.PlanEnded, domain.HeightNotInPlan,
        domain.TitleNotPublished, domain.TitleNotReady, domain.MaturityExceeded, domain.DeviceRemoved,
        domain.DeviceNotAllowed, PlayableUnknown,
    )
)  # fmt: skip
NEWS_SECONDS = 0.2
ENDED_PAGE = 5_000
STILL_COMMITTING = timedelta(seconds=15)  # longer than any statement may take
NOBODY = UUID(int=0)


class Playback:
    """The use cases, on one database. Without a `clock` leases run by the database's own, which all replicas share."""

    def __init__(self, db: Database, grants: Grants, settings: Settings, clock: Clock | None = None) -> None:
        self._db = db
        self._grants = grants
        self._settings = settings
        self._clock = clock
        self._ttl = timedelta(seconds=settings.lease_ttl)
        self._longest = timedelta(seconds=settings.longest_session)
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
        scope = _scope(who)
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
                    await starts.forget_key(session, scope, key)
        except Exception as error:
            if _is_away(error):
                raise Unavailable(retry_after=1) from error
            raise
        if refused:
            raise refused[0]
        return answer

    async def take_over(self, who: Principal, token: str) -> dict[str, Any]:
        """Use up a takeover: end the stream it names and start the play it was given for, in one transaction.

        Where that stream is gone and others have all the places, the answer is another takeover of one of those.
        """
        token_hash = _hash(token)
        found: dict[str, Any] | Problem | None = None
        async with self._connection() as connection:
            async with connection.transaction():
                claimed = await starts.claim_takeover(connection, token_hash, who.account_id, who.profile, self._at())
                if claimed is not None:
                    await _may_end(connection, who, claimed["ends_session_id"])
                    play = Play(
                        claimed["playable_id"], claimed["device_id"], claimed["max_height"],
                        ends=claimed["ends_session_id"],
                    )  # fmt: skip
                    found = await self._decide(connection, who, play)
                    if not isinstance(found, domain.StreamsExceeded):
                        session = self._answered(found)
                        STARTS.labels("taken_over").inc()
                        return session
            if isinstance(found, Problem):
                # Raised out here: the takeover it offers must be committed.
                raise found
            known = await starts.takeover_exists(connection, token_hash, who.account_id, who.profile)
            raise TakeoverOver if known else TakeoverUnknown

    async def heartbeat(
        self, session_id: UUID, who: Principal, *, fencing: int, seq: int, position: float, state: str
    ) -> dict[str, Any]:
        """Renew a lease and record where the viewer is; both are committed when this returns.

        Raises `LeaseLost` where the lease is gone, or where a gate that its start had to pass has closed since.
        """
        async with self._connection() as connection:
            found = await leases.heartbeat(
                connection, session_id, who.account_id, fencing=fencing, seq=seq, position=position, state=state,
                country=who.country, ttl=self._ttl, longest=self._longest, at=self._at(),
            )  # fmt: skip
            outcome = "renewed"
            if found is not None and found["refusal"]:
                HEARTBEATS.labels("ended").inc()
                raise LeaseLost.because(found["refusal"])
            if found is None or found["expires_at"] is None:
                outcome = "repeated"
                found = await leases.standing(
                    connection, session_id, who.account_id, fencing=fencing, seq=seq, at=self._at()
                )
                if found is None:
                    raise SessionUnknown
                if not found["alive"]:
                    HEARTBEATS.labels("lost").inc()
                    raise LeaseLost.because(found["end_reason"] or "expired")
        HEARTBEATS.labels(outcome).inc()
        max_height = domain.cap(found["heights"] or (), found["plan_height"] or 0, found["device_height"])
        prefix, grant_expires = self._grant(session_id, found, max_height)
        return {
            "expires_at": found["expires_at"],
            "grant": prefix,
            "grant_expires_at": grant_expires,
            "max_height": max_height,
        }

    async def end(self, session_id: UUID, account_id: UUID, *, reason: str, position: float | None = None) -> None:
        """End a session of the account; one that has ended already stays as it is."""
        async with self._connection() as connection:
            if not await leases.end(
                connection, session_id, account_id, reason=reason, position=position, at=self._at()
            ):
                raise SessionUnknown

    async def stop(self, who: Principal, session_id: UUID, *, position: float | None = None) -> None:
        """End a session of the caller's profile; the account's holder may end any of the account."""
        async with self._connection() as connection:
            await _may_end(connection, who, session_id)
        await self.end(session_id, who.account_id, reason="stopped", position=position)

    async def leave(self, who: Principal, key: str) -> None:
        """End the play whose start was sent under this idempotency key, even where that start has yet to arrive."""
        try:
            async with self._db.transaction() as session:
                session_id = await starts.leave_key(session, _scope(who), key)
        except Exception as error:
            if _is_away(error):
                raise Unavailable(retry_after=1) from error
            raise
        if session_id is not None:
            await self.end(session_id, who.account_id, reason="stopped")

    async def active(self, account_id: UUID) -> list[Any]:
        """Return who holds the account's slots."""
        async with self._connection() as connection:
            return await leases.active(connection, account_id, self._at())

    def is_edge(self, proof: str) -> bool:
        """Tell whether a proof shows that an edge is asking."""
        return self._grants.shown_by(proof)

    async def ended(self, after: str) -> dict[str, Any]:
        """Return sessions that have ended while their grants had not, since the cursor of the answer before; all at first."""
        async with self._connection() as connection:
            now = self._at() or await connection.fetchval("SELECT clock_timestamp()")
            since = _moment(after) or (now - self._longest, NOBODY)
            rows = await leases.ended(connection, since, longest=self._longest, at=now, limit=ENDED_PAGE)
        more = len(rows) == ENDED_PAGE
        # An end is written with the time it began at, and may be committed a little later: the last ones are asked for again.
        last = (rows[-1]["ended_at"], rows[-1]["session_id"]) if more else (now - STILL_COMMITTING, NOBODY)
        return {
            "ended": [[str(row["session_id"]), row["until"]] for row in rows],
            "cursor": f"{last[0].isoformat()}~{last[1]}",
            "more": more,
        }

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

    async def _decide(self, connection: Any, who: Principal, play: Play) -> dict[str, Any] | Problem:
        session_id = new_id()
        token = secrets.token_urlsafe(24)
        facts = await starts.start(
            connection, who, play, session_id, ttl=self._ttl, longest=self._longest, takeover_hash=_hash(token),
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
                "active": _shown(orjson.loads(facts["active"]), who),
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
        prefix, grant_expires = self._grant(session_id, facts, max_height)
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
            **PlayableAnswer.model_validate_json(facts["answer"]).model_dump(mode="json"),
            "heartbeat_interval": self._settings.heartbeat_interval,
            "expires_at": facts["expires_at"],
            "grant_expires_at": grant_expires,
        }

    def _grant(self, session_id: UUID, facts: Any, max_height: int | None) -> tuple[str, datetime]:
        """Return the prefix of the media's paths, and when it ends: when the session must, whatever is heard meanwhile."""
        expires = math.ceil(facts["ends_at"].timestamp())
        prefix = self._grants.prefix(facts["asset_id"], session_id, max_height or 0, expires)
        return prefix, datetime.fromtimestamp(expires, UTC)

    @staticmethod
    def _answered(found: dict[str, Any] | Problem) -> dict[str, Any]:
        if isinstance(found, Problem):
            raise found
        return found

    def _at(self) -> datetime | None:
        return self._clock.now() if self._clock else None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._db.pool.acquire() as connection:
                yield connection
            self._db.outbox_written.set()
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


def _moment(cursor: str) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    at, _, session_id = cursor.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return moment.astimezone(UTC), UUID(session_id)
    except (ValueError, OverflowError):
        raise BadCursor from None


def _scope(who: Principal) -> str:
    """Whose idempotency keys of starts these are."""
    return f"start:{who.account_id}:{who.profile_id}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _shown(active: list[dict[str, Any]], who: Principal) -> list[dict[str, Any]]:
    """Return who holds the slots. What others watch may be above a viewer's age limit, and is nobody's but the holder's."""
    if auth.is_holder(who):
        return active
    return [{**stream, "title": "", "position": 0.0} for stream in active]


async def _may_end(connection: Any, who: Principal, session_id: UUID) -> None:
    """Raise `HolderRequired` when a profile with limits would end what another profile of the account watches."""
    if not auth.is_holder(who) and await leases.watched_by(connection, session_id, who.account_id) not in (
        None,
        who.profile_id,
    ):
        raise auth.HolderRequired
