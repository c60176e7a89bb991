"""Keeping a play alive and ending it: heartbeats, stops, and who is playing on an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Gone, NotFound
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.playback import domain
from services.playback.grants import Grants
from services.playback.repository import leases, starts
from services.playback.service.connections import Connections
from services.playback.settings import Settings

HEARTBEATS = Counter("bijou_playback_heartbeats_total", "Heartbeats", ["outcome"])
RENEWED, REPEATED, ENDED, LOST = (HEARTBEATS.labels(outcome) for outcome in ("renewed", "repeated", "ended", "lost"))


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


class KeepAlive:
    """Use cases of a play that was admitted."""

    def __init__(self, db: Database, grants: Grants, settings: Settings, clock: Clock | None = None) -> None:
        self._connections = Connections(db, clock)
        self._grants = grants
        self._ttl = timedelta(seconds=settings.lease_ttl)
        self._longest = timedelta(seconds=settings.longest_session)

    async def heartbeat(
        self, session_id: UUID, who: Principal, *, fencing: int, seq: int, position: float, state: str
    ) -> dict[str, Any]:
        """Renew a lease and record where the viewer is; both are committed when this returns.

        Raises `LeaseLost` where the lease is gone, or where a gate that its start had to pass has closed since.
        """
        async with self._connections.open() as connection:
            said: dict[str, Any] = {
                "fencing": fencing, "seq": seq, "position": position, "state": state, "ttl": self._ttl,
                "at": self._connections.at,
            }  # fmt: skip
            # The first one is always judged.
            found = await leases.renew(connection, session_id, who.account_id, **said) if seq > 1 else None
            if found is None:
                found = await self._judged(connection, session_id, who, said)
            else:
                RENEWED.inc()
        max_height = domain.cap(found["heights"] or (), found["plan_height"] or 0, found["device_height"])
        prefix, grant_expires = self._grants.of(session_id, found, max_height)
        return {
            "expires_at": found["expires_at"],
            "grant": prefix,
            "grant_expires_at": grant_expires,
            "max_height": max_height,
        }

    async def _judged(self, connection: Any, session_id: UUID, who: Principal, said: dict[str, Any]) -> Any:
        """Renew a lease whose start the gates would admit now, or return how it stands after a repetition."""
        found = await leases.judge(
            connection, session_id, who.account_id, **said, country=who.country, longest=self._longest
        )
        if found is not None and found["refusal"]:
            self._connections.told()
            ENDED.inc()
            raise LeaseLost.because(found["refusal"])
        if found is not None and found["expires_at"] is not None:
            self._connections.told()
            RENEWED.inc()
            return found
        found = await leases.standing(
            connection, session_id, who.account_id, fencing=said["fencing"], seq=said["seq"], at=said["at"]
        )
        if found is None:
            raise SessionUnknown
        if not found["alive"]:
            LOST.inc()
            raise LeaseLost.because(found["end_reason"] or "expired")
        REPEATED.inc()
        return found

    async def end(self, session_id: UUID, account_id: UUID, *, reason: str, position: float | None = None) -> None:
        """End a session of the account; one that has ended already stays as it is."""
        async with self._connections.telling() as connection:
            if not await leases.end(
                connection, session_id, account_id, reason=reason, position=position, at=self._connections.at
            ):
                raise SessionUnknown

    async def stop(self, who: Principal, session_id: UUID, *, position: float | None = None) -> None:
        """End a session of the caller's profile; the account's holder may end any of the account."""
        async with self._connections.open() as connection:
            await may_end(connection, who, session_id)
        await self.end(session_id, who.account_id, reason="stopped", position=position)

    async def leave(self, who: Principal, key: str) -> None:
        """End the play whose start was sent under this idempotency key, even where that start has yet to arrive."""
        async with self._connections.transaction() as session:
            session_id = await starts.leave_key(session, starts.key_scope(who), key)
        if session_id is not None:
            await self.end(session_id, who.account_id, reason="stopped")

    async def active(self, account_id: UUID) -> list[Any]:
        """Return who holds the account's slots."""
        async with self._connections.open() as connection:
            return await leases.active(connection, account_id, self._connections.at)


async def may_end(connection: Any, who: Principal, session_id: UUID) -> None:
    """Raise `HolderRequired` when a profile with limits would end what another profile of the account watches."""
    if not who.is_holder and await leases.watched_by(connection, session_id, who.account_id) not in (
        None,
        who.profile_id,
    ):
        raise auth.HolderRequired
