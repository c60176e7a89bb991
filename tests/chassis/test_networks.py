"""What an address counts for."""

import pytest

from libs.chassis.http.networks import networks


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7"])
def test_an_address_of_ipv4_stands_for_itself(address: str) -> None:
    assert list(networks(address)) == [("192.0.2.7", 1)]


@pytest.mark.parametrize("address", ["", "unknown", "2001:db8::/32", "1.2.3"])
def test_what_is_no_address_is_one_caller(address: str) -> None:
    assert list(networks(address)) == [(address, 1)]


def test_a_household_of_ipv6_is_one_caller_and_a_larger_network_has_a_larger_share() -> None:
    assert list(networks("2001:db8:1:203:4:5:6:7")) == [
        ("2001:db8:1:203::/64", 1),
        ("2001:db8:1:200::/56", 4),
        ("2001:db8:1::/48", 16),
    ]
