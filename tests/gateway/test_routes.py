"""The table of prefixes, and who a caller is."""

import pytest

from gateway.addresses import Addresses
from gateway.routes import is_composed, match

TITLE = "/api/v1/titles/018f0000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/.well-known/jwks.json", "identity"),
        ("/api/v1/auth/login", "identity"),
        ("/api/v1/me", "identity"),
        ("/api/v1/me/profiles/1/select", "identity"),
        ("/api/v1/me/subscription/resume", "billing"),
        ("/api/v1/me/list", "watchstate"),
        ("/api/v1/me/list/contains", "watchstate"),
        ("/api/v1/me/listing", "identity"),
        ("/api/v1/me/progress/1", "watchstate"),
        ("/api/v1/admin/uploads/1", "transcode"),
        ("/api/v1/admin/playables/1/asset", "catalog"),
        ("/api/v1/playback/sessions/1/heartbeat", "playback"),
        ("/api/v1/titles/new", "catalog"),
        ("/api/v1/titlesx", None),
        ("/api/v1/admin", None),
        ("/api/v1", None),
        ("/api/v1/me\\..\\admin", None),
        ("/api/v1/me/..", None),
    ],
)
def test_the_longest_prefix_that_ends_at_a_slash(path: str, service: str | None) -> None:
    found = match(path)

    assert (found.service if found else None) == service


@pytest.mark.parametrize(
    ("method", "path", "composed"),
    [
        ("GET", TITLE, True),
        ("GET", f"{TITLE}/seasons/2/episodes", True),
        ("GET", f"{TITLE}/seasons", False),
        ("GET", f"{TITLE}/similar", True),
        ("GET", "/api/v1/titles/new", False),
        ("DELETE", TITLE, False),
        ("GET", "/api/v1/home", True),
        ("GET", "/api/v1/home/", False),
        ("GET", "/api/v1/admin/dead-letters", True),
        ("GET", "/api/v1/admin/dead-letters/log", True),
        ("GET", "/api/v1/admin/dead-letters/catalog/log", False),
    ],
)
def test_only_what_needs_several_services_is_composed(method: str, path: str, composed: bool) -> None:
    assert is_composed(method, path) is composed


def test_addresses() -> None:
    addresses = Addresses(("10.0.0.0/8", "::1/128"))

    assert addresses.of("10.1.2.3", b"198.51.100.7") == "198.51.100.7"
    assert addresses.of("192.0.2.1", b"198.51.100.7") == "192.0.2.1"
    assert addresses.of("10.1.2.3", None) == "10.1.2.3"
    assert addresses.of("10.1.2.3", b"not an address") == "unknown"
    assert addresses.of("::1", b"2001:db8:1:2:aaaa::1") == addresses.of("::1", b"2001:db8:1:2:bbbb::9")
    assert addresses.of("::1", b"::ffff:198.51.100.7") == "198.51.100.7"
    assert addresses.of("", None) == "unknown"
