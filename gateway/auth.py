"""Who may pass: limits for everyone, a good token for every operation that is not public."""

from typing import NamedTuple
from uuid import UUID

from cachetools import LRUCache

from gateway import routes
from gateway.addresses import Addresses
from gateway.limits import Allowance
from gateway.settings import GatewaySettings
from libs.chassis.http.networks import SHARES, networks
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import Forbidden, Unauthenticated
from libs.chassis.security.auth import RoleRequired
from libs.chassis.security.revocations import Revocations
from libs.chassis.security.tokens import InvalidToken, Verifier, claimed_session
from libs.contracts.token import Principal

# Sign-ins whose tokens are checked at their own expense; beyond it who was not seen for longest is a stranger again.
KNOWN_SIGN_INS = 50_000


class Caller(NamedTuple):
    """The caller's address, and who it is where a token said so."""

    address: str
    who: Principal | None


class ByAddress:
    """An allowance for addresses and for the networks they are part of, which have a larger one together."""

    def __init__(self, limiter: Limiter, name: str, limit: int) -> None:
        self._shares = {share: Allowance(limiter, name, limit * share) for share in SHARES.values()}

    async def take(self, address: str) -> None:
        """Takes one request, or raises TooMany."""
        for network, share in networks(address):
            allowance = self._shares[share]
            if not allowance.taken(network):
                await allowance.take(network)

    def give_back(self, address: str) -> None:
        """Undoes a take."""
        for network, share in networks(address):
            self._shares[share].give_back(network)


class Proof:
    """Tells who a token speaks for. Checking a signature takes time, so one that proves nothing counts against who brought it.

    A token found good a moment ago is not checked again. The next one of a sign-in that has brought a good one counts for that
    sign-in, so that forgeries by others behind its address cannot hold it up. Everything else counts by address. Both count
    before they check, and forget what was good.
    """

    def __init__(self, verifier: Verifier, limiter: Limiter, *, limit_address: int, limit_sign_in: int) -> None:
        self._verifier = verifier
        self._by_address = ByAddress(limiter, "forged", limit_address)
        self._by_sign_in = Allowance(limiter, "forged_sign_in", limit_sign_in)
        self._known: LRUCache[UUID, None] = LRUCache(KNOWN_SIGN_INS)

    async def of(self, authorization: bytes | None, address: str) -> Principal:
        """Returns who asks, or raises TooMany, Unauthenticated or InvalidToken."""
        token = _bearer(authorization)
        who = self._verifier.known(token)
        if who is None:
            who = await self._checked(token, address)
            self._known[who.session_id] = None
        return who

    async def _checked(self, token: str, address: str) -> Principal:
        session = claimed_session(token)
        counter, key = (self._by_address, address) if session not in self._known else (self._by_sign_in, str(session))
        await counter.take(key)
        forged = False
        try:
            return await self._verifier.verify(token)
        except InvalidToken:
            forged = True
            raise
        finally:
            if not forged:
                counter.give_back(key)


class Gate:
    """Stands before every operation under /api and /.well-known.

    Whoever brings a good token counts as an account and is never refused for what others do behind the same address; what
    keeps a film playing counts for its own session. Everyone else counts by address, with a bad token too.
    """

    def __init__(
        self, settings: GatewaySettings, verifier: Verifier, limiter: Limiter, revocations: Revocations
    ) -> None:
        self._addresses = Addresses(settings.edge_networks)
        self._revocations = revocations
        self._by_address = ByAddress(limiter, "address", settings.limit_address)
        self._proof = Proof(
            verifier, limiter, limit_address=settings.limit_forged, limit_sign_in=settings.limit_forged_sign_in
        )
        self._by_account = Allowance(limiter, "account", settings.limit_account)
        self._by_session = Allowance(limiter, "playing", settings.limit_playing)
        self._guesses = {
            "login": ByAddress(limiter, "login", settings.limit_login),
            "sign_in": ByAddress(limiter, "sign_in", settings.limit_sign_in),
            "refresh": ByAddress(limiter, "refresh", settings.limit_refresh),
        }

    async def admit(
        self, method: str, path: str, peer: str, real_ip: bytes | None, authorization: bytes | None
    ) -> Caller:
        """Lets the request pass, or raises TooMany, Unauthenticated, InvalidToken or RoleRequired."""
        address = self._addresses.of(peer, real_ip)
        guessable = routes.GUESSABLE.get(path)
        if guessable is not None:
            await self._guesses[guessable].take(address)
        if routes.is_public(method, path):
            if guessable is None:
                await self._by_address.take(address)
            return Caller(address, None)
        try:
            who = await self._proof.of(authorization, address)
            self._revocations.check(who)
        except (Unauthenticated, Forbidden):
            await self._by_address.take(address)
            raise
        if path.startswith(routes.WATCHING) and routes.is_playing(method, path):
            await self._by_session.take(str(who.session_id))
            return Caller(address, who)
        account = str(who.account_id)
        if not self._by_account.taken(account):
            await self._by_account.take(account)
        if not who.roles and path.startswith(routes.STAFF):
            raise RoleRequired
        return Caller(address, who)


def _bearer(authorization: bytes | None) -> str:
    scheme, _, token = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated
    return token.strip().decode("latin-1")
