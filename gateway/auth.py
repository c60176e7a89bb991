"""Who may pass: limits for everyone, a good token for every operation that is not public."""

from typing import NamedTuple

from gateway import routes
from gateway.addresses import Addresses
from gateway.limits import Allowance
from gateway.settings import GatewaySettings
from libs.chassis.auth import RoleRequired
from libs.chassis.limits import Limiter
from libs.chassis.problems import Unauthenticated
from libs.chassis.revocations import Revocations
from libs.chassis.tokens import Principal, Verifier


class Caller(NamedTuple):
    """The caller's address, and who it is where a token said so."""

    address: str
    who: Principal | None


class Gate:
    """Stands before every operation under /api and /.well-known."""

    def __init__(
        self, settings: GatewaySettings, verifier: Verifier, limiter: Limiter, revocations: Revocations
    ) -> None:
        self._addresses = Addresses(settings.edge_networks)
        self._verifier = verifier
        self._revocations = revocations
        self._by_address = Allowance(limiter, "address", settings.limit_address)
        self._by_account = Allowance(limiter, "account", settings.limit_account)
        self._guesses = {
            "sign_in": Allowance(limiter, "sign_in", settings.limit_sign_in),
            "refresh": Allowance(limiter, "refresh", settings.limit_refresh),
        }

    async def admit(
        self, method: str, path: str, peer: str, real_ip: bytes | None, authorization: bytes | None
    ) -> Caller:
        """Lets the request pass, or raises TooMany, Unauthenticated, InvalidToken or RoleRequired."""
        address = self._addresses.of(peer, real_ip)
        if not self._by_address.taken(address):
            await self._by_address.take(address)
        guessable = routes.GUESSABLE.get(path)
        if guessable is not None:
            await self._guesses[guessable].take(address)
        if routes.is_public(method, path):
            return Caller(address, None)
        who = await self._verifier.verify(_bearer(authorization))
        self._revocations.check(who)
        if not who.roles and path.startswith(routes.STAFF):
            raise RoleRequired
        account = str(who.account_id)
        if not self._by_account.taken(account):
            await self._by_account.take(account)
        return Caller(address, who)


def _bearer(authorization: bytes | None) -> str:
    scheme, _, token = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated
    return token.strip().decode("latin-1")
