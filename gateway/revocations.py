"""Sessions and accounts that are no longer honoured, known from identity's events and kept in memory."""

from collections import OrderedDict
from datetime import timedelta
from uuid import UUID

from libs.chassis.clock import Clock, SystemClock
from libs.chassis.consumers import Received, Tail
from libs.chassis.messaging import Bus
from libs.chassis.problems import Forbidden
from libs.chassis.tokens import InvalidToken, Principal
from libs.contracts.identity import AccountChanged, SessionsRevoked

# No access token lives longer; an older revocation has nothing left to refuse.
LONGEST_TOKEN = timedelta(hours=24)
SIZE = 500_000
CLOSED = frozenset({"suspended", "erased"})


class AccountSuspended(Forbidden):
    """This account is suspended. Please write to support."""

    code = "account_suspended"


class Revocations:
    """What the events said so far. It only grows while the broker is away: nobody revoked comes back by an outage."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._sessions: OrderedDict[UUID, float] = OrderedDict()
        self._accounts: dict[UUID, tuple[int, bool]] = {}

    def check(self, who: Principal) -> None:
        """Raises when the caller's session or account is no longer honoured."""
        if who.session_id in self._sessions:
            raise InvalidToken
        state = self._accounts.get(who.account_id)
        if state is not None and state[1]:
            raise AccountSuspended

    async def on_revoked(self, event: Received[SessionsRevoked]) -> None:
        oldest = self._clock.now() - LONGEST_TOKEN
        if event.data.revoked_at <= oldest:
            return
        for session_id in event.data.session_ids:
            self._sessions[session_id] = event.data.revoked_at.timestamp()
            self._sessions.move_to_end(session_id)
        while self._sessions and (
            len(self._sessions) > SIZE or next(iter(self._sessions.values())) <= oldest.timestamp()
        ):
            self._sessions.popitem(last=False)

    async def on_account(self, event: Received[AccountChanged]) -> None:
        data = event.data
        version, _ = self._accounts.get(data.account_id, (-1, False))
        if data.version <= version:
            return
        closed = data.status in CLOSED
        # Only accounts that are closed, or were, need remembering; the version keeps a late event from reopening one.
        if closed or version >= 0:
            self._accounts[data.account_id] = (data.version, closed)

    def follow(self, bus: Bus) -> Tail:
        """The part that keeps this up to date, from the beginning of the topic at each start."""
        return Tail("gateway", bus, {SessionsRevoked: self.on_revoked, AccountChanged: self.on_account})
