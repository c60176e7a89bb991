"""Who is calling, as an address: only the edge's word counts."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

NOBODY = "unknown"


class Addresses:
    """Names the caller: X-Real-IP when the peer is the edge, otherwise the peer. An IPv6 caller is its /64."""

    def __init__(self, edge_networks: Sequence[str]) -> None:
        networks = [ip_network(network) for network in edge_networks]

        @lru_cache(maxsize=4096)
        def trusted(peer: str) -> bool:
            try:
                address = ip_address(peer)
            except ValueError:
                return False
            return any(address in network for network in networks)

        self._trusted = trusted

    def of(self, peer: str, real_ip: bytes | None) -> str:
        """The address that limits count for; `peer` is who the connection is with."""
        if real_ip and self._trusted(peer):
            return _subscriber(real_ip.decode("latin-1"))
        return _subscriber(peer)


@lru_cache(maxsize=16384)
def _subscriber(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return NOBODY
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(address.packed[:8] + bytes(8)))
    return str(address)
