"""What admission costs the gateway when it knows one, fifty thousand and a million callers; it must not depend on that."""

import asyncio
import statistics
import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

from gateway.auth import Gate
from gateway.settings import GatewaySettings
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.ids import new_id
from libs.chassis.problems import TooMany
from libs.chassis.security.revocations import Revocations
from libs.chassis.security.tokens import Signer, Verifier, new_private_key
from libs.contracts.token import Principal

KNOWN = (1, 50_000, 1_000_000)
ASKED = 10_000
PATH = "/api/v1/plans"
# An attacker's /48, a /64 each.
FIRST = int(IPv6Address("2001:db8:77::"))


def _address(number: int) -> bytes:
    # Half of them old addresses, half out of one network of new ones.
    if number % 2:
        return str(IPv6Address(FIRST + (number << 64))).encode()
    return str(IPv4Address(0x0B000000 + number)).encode()


async def _seconds(gate: Gate, numbers: range, authorization: bytes | None) -> list[float]:
    """The time of each admission, refused ones included."""
    took = []
    path = PATH if authorization is None else "/api/v1/me"
    for number in numbers:
        address = _address(number)
        started = time.perf_counter()
        with suppress(TooMany):
            await gate.admit("GET", path, "127.0.0.1", address, authorization)
        took.append(time.perf_counter() - started)
    return took


async def main() -> None:
    signer = Signer(new_private_key())
    who = signer.issue(Principal(account_id=new_id(), session_id=new_id()), ttl=3600)
    settings = GatewaySettings(limit_account=10**9)
    print(f"{'known callers':>14}{'signed in µs':>14}{'anonymous µs':>14}{'worst ms':>10}")
    found = {}
    for known in KNOWN:
        gate = Gate(settings, Verifier(keys=signer.jwks()), Limiter(""), Revocations())
        worst = max(await _seconds(gate, range(known), None))
        anonymous = await _seconds(gate, range(known, known + ASKED), None)
        signed_in = await _seconds(gate, range(ASKED), f"Bearer {who}".encode())
        found[known] = statistics.median(signed_in), statistics.median(anonymous)
        worst = max(worst, *anonymous, *signed_in)
        print(f"{known:>14,}{found[known][0] * 1e6:>14.1f}{found[known][1] * 1e6:>14.1f}{worst * 1e3:>10.1f}")
    few, many = found[KNOWN[0]], found[KNOWN[-1]]
    print(f"\nRESULT gateway_limits_signed_in_million_vs_one={many[0] / few[0]:.2f}")
    print(f"RESULT gateway_limits_anonymous_million_vs_one={many[1] / few[1]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
