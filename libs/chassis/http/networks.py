"""The networks an address is counted for: whoever has many addresses has no more than a network's share of tries."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

# A subscriber has at least a /64 of IPv6 and could rotate through it; a customer of a hosting company up to a /48.
# Each of them may ask as often as so many single callers.
SHARES = {64: 1, 56: 4, 48: 16}


def networks(address: str) -> Iterator[tuple[str, int]]:
    """Yield the networks that an address counts for, each with how many callers' share it has.

    A name that is no address stands for itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        yield address, 1
        return
    if not isinstance(found, IPv6Address):
        yield str(found), 1
    elif found.ipv4_mapped is not None:
        yield str(found.ipv4_mapped), 1
    else:
        for bits, share in SHARES.items():
            yield f"{IPv6Address(found.packed[: bits // 8].ljust(16, bytes(1)))}/{bits}", share
