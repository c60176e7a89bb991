"""Sign-ins and tokens that are no longer honoured, known to every service from identity's events and kept in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from libs.chassis import telemetry
from libs.chassis.clock import Clock, SystemClock
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Received, Tail
from libs.chassis.problems import Forbidden, Unauthenticated
from libs.chassis.security.tokens import InvalidToken
from libs.contracts.identity import SessionsRevoked, SignInLowered, TokensOutdated
from libs.contracts.token import LONGEST, Principal

log = telemetry.logger(__name__)

# Of each kind. An hour's worth at 50 a second; beyond it the oldest are forgotten, whose tokens end soonest.
SIZE = 200_000
# How long a start waits for a broker that does not answer, or for the end of a topic that it does not reach.
PATIENCE = 10.0


class TokenOutdated(Unauthenticated):
    """What this profile may do has changed. Please try again."""

    code = "token_outdated"


class AccountSuspended(Forbidden):
    """This account is suspended. Please write to support if you think that is a mistake."""

    code = "account_suspended"


class NotCaughtUp(RuntimeError):
    """The revocations from before this start have not been read to their end yet."""


class Revocations:
    """What the events said. It only grows while the broker is away: nobody revoked comes back by an outage."""

    def __init__(self, clock: Clock | None = None, size: int = SIZE) -> None:
        self._clock = clock or SystemClock()
        self._size = size
        # By id: when, and whether it was for a suspension; when, and the account's version; when, and the sign-in's count.
        self._sessions: OrderedDict[UUID, tuple[float, int]] = OrderedDict()
        self._profiles: OrderedDict[UUID, tuple[float, int]] = OrderedDict()
        self._lowered: OrderedDict[UUID, tuple[float, int]] = OrderedDict()

    def check(self, who: Principal) -> None:
        """Raise `InvalidToken`, `AccountSuspended` or `TokenOutdated` when the caller's token is no longer honoured."""
        revoked = self._sessions.get(who.session_id)
        if revoked is not None:
            raise AccountSuspended if revoked[1] else InvalidToken
        changed = self._profiles.get(who.profile_id) if who.profile_id is not None else None
        if changed is not None and who.version < changed[1]:
            raise TokenOutdated
        lowered = self._lowered.get(who.session_id)
        if lowered is not None and who.lowered < lowered[1]:
            raise TokenOutdated

    async def on_revoked(self, event: Received[SessionsRevoked]) -> None:
        """Refuse these sign-ins from now on."""
        data = event.data
        if self._too_old(data.revoked_at):
            return
        for session_id in data.session_ids:
            _, suspended = self._sessions.pop(session_id, (0.0, 0))
            self._sessions[session_id] = (data.revoked_at.timestamp(), suspended or data.reason == "suspended")
        self._forget(self._sessions)

    async def on_outdated(self, event: Received[TokensOutdated]) -> None:
        """Refuse the profile's tokens from before the change."""
        data = event.data
        if self._too_old(data.changed_at):
            return
        self._newest(self._profiles, data.profile_id, data.changed_at, data.version)

    async def on_lowered(self, event: Received[SignInLowered]) -> None:
        """Refuse the sign-in's tokens from before it chose a profile that may watch less."""
        data = event.data
        if not self._too_old(data.changed_at):
            self._newest(self._lowered, data.session_id, data.changed_at, data.lowered)

    def follow(self, bus: Bus) -> Following:
        """Return the component that keeps this up to date, from the beginning of the topic at each start."""
        return Following(self, bus)

    def _too_old(self, at: datetime) -> bool:
        return at <= self._clock.now() - LONGEST - timedelta(minutes=1)

    def _newest(self, known: OrderedDict[UUID, tuple[float, int]], key: UUID, at: datetime, count: int) -> None:
        before, highest = known.pop(key, (0.0, 0))
        known[key] = (max(before, at.timestamp()), max(highest, count))
        self._forget(known)

    def _forget(self, known: OrderedDict[UUID, tuple[float, int]]) -> None:
        oldest = (self._clock.now() - LONGEST - timedelta(minutes=1)).timestamp()
        while known and (len(known) > self._size or next(iter(known.values()))[0] <= oldest):
            known.popitem(last=False)


class Following(Tail):
    """Reads the revocations. The service is not ready before it has read what was there at its start, once.

    When the broker cannot be reached, or the end is not, the service becomes ready after `PATIENCE` seconds all the same and
    says so in its log: a platform must be able to start without its broker. Until it has caught up a token that was revoked
    before the start is honoured for as long as it is good, which is an access token's short life.
    """

    required = True

    def __init__(self, revocations: Revocations, bus: Bus, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            f"{bus.service}.revocations",
            bus,
            {
                SessionsRevoked: revocations.on_revoked,
                TokensOutdated: revocations.on_outdated,
                SignInLowered: revocations.on_lowered,
            },
        )
        self._now = now
        self._since = now()
        self._unread: dict[TopicPartition, int] | None = None
        self._ready = False

    async def start(self) -> None:
        self._since = self._now()
        await super().start()

    async def check(self) -> None:
        if self._ready:
            return
        if self._unread == {}:
            self._ready = True
        elif self._now() - self._since >= PATIENCE:
            self._ready = True
            log.warning("ready_without_past_revocations", reason=self._problem or "the end was not reached in time")
        else:
            raise NotCaughtUp(self._problem or "reading what was revoked before this start")

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        consumer = await super()._open(epoch)
        partitions = list(consumer.assignment())
        first = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        self._unread = {partition: end for partition, end in ends.items() if end > first[partition]}
        return consumer

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        await super()._take(consumer, partition, records)
        if self._unread and records and records[-1].offset + 1 >= self._unread.get(partition, 0):
            self._unread.pop(partition, None)
