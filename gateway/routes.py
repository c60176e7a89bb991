"""Which service answers a path, and which few operations anyone may call. Everything else is closed."""

import re
from typing import Literal, NamedTuple

from gateway.prefixes import PREFIXES

API = "/api/v1"
Patience = Literal["read", "write", "upload"]

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Put together here from several services.
COMPOSED = re.compile(
    f"{API}/(?:home|admin/dead-letters(?:/log)?|openapi\\.json|titles/{_UUID}(?:/seasons/[0-9]+/episodes|/similar)?)"
)
STAFF = f"{API}/admin/"

PUBLIC: frozenset[tuple[str, str]] = frozenset(
    {
        ("GET", "/.well-known/jwks.json"),
        ("GET", f"{API}/openapi.json"),
        ("GET", f"{API}/plans"),
        ("OPTIONS", f"{API}/admin/uploads"),
        ("POST", f"{API}/billing/sandbox/tokens"),
        *(
            ("POST", f"{API}/auth/{operation}")
            for operation in (
                "register",
                "login",
                "refresh",
                "logout",
                "email/verify",
                "password/forgot",
                "password/reset",
                "passkeys/sign-in/options",
                "passkeys/sign-in",
                "device/code",
                "device/token",
            )
        ),
    }
)
# Public operations with a name in their path.
NAMED = (f"{API}/auth/oidc/", f"{API}/billing/webhooks/", f"{API}/pages/")
PUBLIC_PATTERN = re.compile(
    f"GET {API}/auth/oidc/[a-z0-9_-]+/(?:start|callback)|POST {API}/billing/webhooks/[a-z0-9_-]+"
    # Genres are named in any script.
    f"|GET {API}/pages/(?:(?:title|person|collection|sitemaps/[a-z]+)/[A-Za-z0-9-]+|genre/[^/]+|sitemap\\.xml|robots\\.txt)"
)

# Where guessing pays: counted apart, by address. (operations, the setting that holds the limit)
GUESSABLE: dict[str, str] = {
    f"{API}/auth/login": "login",
    f"{API}/auth/register": "sign_in",
    f"{API}/auth/password/forgot": "sign_in",
    f"{API}/auth/password/reset": "sign_in",
    f"{API}/auth/email/verify": "sign_in",
    f"{API}/auth/passkeys/sign-in/options": "sign_in",
    f"{API}/auth/passkeys/sign-in": "login",
    f"{API}/auth/device/code": "sign_in",
    f"{API}/auth/device/token": "refresh",
    f"{API}/auth/refresh": "refresh",
}

# What keeps a film playing: counted by session, so that nobody else can stop it.
PLAYING = re.compile(
    f"POST {API}/playback/sessions/{_UUID}/heartbeat|DELETE {API}/playback/sessions/{_UUID}"
    f"|POST {API}/playback/license/[a-z0-9_-]+|(?:GET|PUT) {API}/me/progress(?:/{_UUID})?"
)

WATCHING = (f"{API}/playback/", f"{API}/me/progress")

# Bodies as large as films.
UPLOADS = f"{API}/admin/uploads"
READS = frozenset(("GET", "HEAD", "OPTIONS"))

# What pages tell while they close.
BEACONS = f"{API}/events"

_DEPTH = max(prefix.count("/") for prefix in PREFIXES)


class Match(NamedTuple):
    """The service, and the prefix that named it (a metric label with few values)."""

    service: str
    prefix: str


def match(path: str) -> Match | None:
    """The service for a decoded path, or None: the longest prefix that ends at a slash wins.

    A path with dots, a backslash or an empty segment belongs to nobody.
    """
    if "//" in path or "\\" in path or "/./" in path or "/../" in path or path.endswith(("/.", "/..")):
        return None
    parts = path.split("/", _DEPTH + 1)
    for length in range(min(len(parts), _DEPTH + 1), 1, -1):
        prefix = "/".join(parts[:length])
        service = PREFIXES.get(prefix)
        if service is not None:
            return Match(service, prefix)
    return None


def is_public(method: str, path: str) -> bool:
    """Whether anyone may call this operation. A HEAD is as public as its GET."""
    method = "GET" if method == "HEAD" else method
    if path.startswith(NAMED):
        return PUBLIC_PATTERN.fullmatch(f"{method} {path}") is not None
    return (method, path) in PUBLIC


def is_playing(method: str, path: str) -> bool:
    """Whether a film that runs depends on this operation."""
    return PLAYING.fullmatch(f"{method} {path}") is not None


def takes_beacons(method: str, path: str) -> bool:
    """Whether this operation's token may come in the body."""
    return method == "POST" and path == BEACONS


def patience(method: str, path: str) -> Patience:
    """How long a silence may last on this route."""
    if path.startswith(UPLOADS):
        return "upload"
    return "read" if method in READS else "write"


def is_composed(method: str, path: str) -> bool:
    """Whether the gateway answers this itself."""
    return method in ("GET", "HEAD") and COMPOSED.fullmatch(path) is not None
