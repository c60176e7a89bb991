"""Starting a play: every gate is asked, a slot is taken, or another's is taken over."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Counter

from libs.chassis.clock import Clock
from libs.chassis.data import idempotency
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Gone, NotFound, Problem
from libs.contracts.token import Principal
from services.playback import domain
from services.playback.grants import Grants
from services.playback.repository import starts
from services.playback.repository.starts import Play
from services.playback.schemas.playables import PlayableAnswer
from services.playback.service.connections import Connections
from services.playback.service.keep_alive import may_end
from services.playback.settings import Settings

STARTS = Counter("bijou_playback_starts_total", "Play decisions", ["outcome"])


class PlayableUnknown(NotFound):
    """There is no such title. Go back and choose another one."""

    code = "playable_not_found"


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


class Starting:
    """Use cases of a play that is yet to be admitted."""

    def __init__(self, db: Database, grants: Grants, settings: Settings, clock: Clock | None = None) -> None:
        self._connections = Connections(db, clock)
        self._grants = grants
        self._settings = settings
        self._ttl = timedelta(seconds=settings.lease_ttl)
        self._longest = timedelta(seconds=settings.longest_session)
        self._takeover_ttl = timedelta(seconds=settings.takeover_ttl)

    async def start(self, who: Principal, play: Play) -> dict[str, Any]:
        """Admit a play and return its session, or raise why not."""

        async def attempt() -> dict[str, Any]:
            async with self._connections.telling() as connection:
                return self._answered(await self._decide(connection, who, play))

        return await self._patiently(attempt)

    async def start_once(self, who: Principal, play: Play, key: str, body: Any) -> dict[str, Any]:
        """The same under an idempotency key: a repetition gets the first admission's answer. Refusals are not kept."""
        return await self._patiently(lambda: self._start_once(who, play, key, body))

    async def _start_once(self, who: Principal, play: Play, key: str, body: Any) -> dict[str, Any]:
        scope = starts.key_scope(who)
        refused: list[Problem] = []

        async def work() -> tuple[int, dict[str, Any]]:
            raw = await (await session.connection()).get_raw_connection()
            found = await self._decide(raw.driver_connection, who, play)
            if isinstance(found, Problem):
                refused.append(found)
                return found.status, {}
            return 201, found

        async with self._connections.transaction() as session:
            _, answer = await idempotency.once(session, scope=scope, key=key, body=body, work=work)
            if refused:
                await starts.forget_key(session, scope, key)
        self._connections.told()
        if refused:
            raise refused[0]
        return answer

    async def take_over(self, who: Principal, token: str) -> dict[str, Any]:
        """Use up a takeover: end the stream it names and start the play it was given for, in one transaction.

        Where that stream is gone and others have all the places, the answer is another takeover of one of those.
        """
        token_hash = _hash(token)
        found: dict[str, Any] | Problem | None = None
        async with self._connections.telling() as connection:
            async with connection.transaction():
                claimed = await starts.claim_takeover(
                    connection, token_hash, who.account_id, who.profile, self._connections.at
                )
                if claimed is not None:
                    await may_end(connection, who, claimed["ends_session_id"])
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
            takeover_ttl=self._takeover_ttl, at=self._connections.at,
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
        prefix, grant_expires = self._grants.of(session_id, facts, max_height)
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
            **_said_of(facts["answer"]),
            "heartbeat_interval": self._settings.heartbeat_interval,
            "expires_at": facts["expires_at"],
            "grant_expires_at": grant_expires,
        }

    @staticmethod
    def _answered(found: dict[str, Any] | Problem) -> dict[str, Any]:
        if isinstance(found, Problem):
            raise found
        return found


# What is played is mostly what others play too. Whoever stored the answer may not have known every field of it.
@lru_cache(512)
def _said_of(answer: str) -> dict[str, Any]:
    return PlayableAnswer.model_validate_json(answer).model_dump(mode="json")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _shown(active: list[dict[str, Any]], who: Principal) -> list[dict[str, Any]]:
    """Return who holds the slots. What others watch may be above a viewer's age limit, and is nobody's but the holder's."""
    if who.is_holder:
        return active
    return [{**stream, "title": "", "position": 0.0} for stream in active]
