"""Connections to PostgreSQL: one URL for every driver, TLS included, and an end to every wait.

Who notices what: a **dead server** or a network that swallows packets is noticed by our own socket (keep-alives while we are
silent, `TCP_USER_TIMEOUT` while something is unanswered); a **frozen server**, whose kernel still answers, by the time limit on
each statement; a **dead client** by the server's side of the same socket, which it is told to watch when we connect, and a
**frozen client** by its limit on idle transactions. So a lock outlives whoever held it by a minute at most.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

CONNECT_SECONDS = 5.0
IDLE_SECONDS, PROBE_SECONDS, PROBES = (
    15,
    5,
    3,
)  # silence until the first keep-alive, between two, and how many may be lost
UNANSWERED_MS = 30_000

# The server's side of the socket, and what it does with a client that stands still in the middle of a transaction.
WATCHED = {
    "tcp_keepalives_idle": str(IDLE_SECONDS),
    "tcp_keepalives_interval": str(PROBE_SECONDS),
    "tcp_keepalives_count": str(PROBES),
    "tcp_user_timeout": str(UNANSWERED_MS),
    "idle_in_transaction_session_timeout": "60000",
}

# The same for libpq, which watches its own socket: psycopg in migrations and in the worker's queue.
LIBPQ = {
    "connect_timeout": str(int(CONNECT_SECONDS)),
    "keepalives_idle": str(IDLE_SECONDS),
    "keepalives_interval": str(PROBE_SECONDS),
    "keepalives_count": str(PROBES),
    "tcp_user_timeout": str(UNANSWERED_MS),
}

# Parameters of a libpq URL that asyncpg would send to the server, which knows none of them.
LIBPQ_ONLY = frozenset(
    {*LIBPQ, "keepalives", "channel_binding", "gssencmode", "require_auth", "sslcompression", "sslsni"}
)


class PoolerInTheWay(Exception):
    """BIJOU_DATABASE_URL leads through a transaction pooler. Set BIJOU_DATABASE_POOLED=true where that is meant, and name the
    server itself in BIJOU_DATABASE_DIRECT_URL, which migrations and the transcoding worker need."""


class ServerAway(ConnectionError):
    """PostgreSQL cannot be reached."""


def for_asyncpg(url: str) -> str:
    """Return the URL without what only libpq understands; `sslmode`, `sslrootcert` and their like stay."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in LIBPQ_ONLY]
    return urlunsplit(parts._replace(query=urlencode(query)))


def for_libpq(url: str, server_settings: Mapping[str, str] | None = None) -> str:
    """Return the URL with the limits above where it does not set them itself."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    options = " ".join(f"-c {name}={value}" for name, value in {**WATCHED, **(server_settings or {})}.items())
    query = {**LIBPQ, "options": options, **given}
    # libpq reads a plus sign as it stands, so that a space must be %20.
    return urlunsplit(parts._replace(query=urlencode(query).replace("+", "%20")))


async def connect(url: str, *, server_settings: Mapping[str, str], **options: Any) -> asyncpg.Connection:
    """Open one connection whose socket is watched. Raises `ServerAway`, and `PoolerInTheWay` where a pooler refuses settings."""
    where = urlsplit(url).netloc.rpartition("@")[2]
    try:
        connection: asyncpg.Connection = await asyncpg.connect(
            for_asyncpg(url), timeout=CONNECT_SECONDS, server_settings=dict(server_settings), **options
        )
    except TimeoutError:
        raise ServerAway(f"PostgreSQL at {where} did not answer within {CONNECT_SECONDS:g} s") from None
    except OSError as error:
        raise ServerAway(f"PostgreSQL at {where} cannot be reached: {error}") from error
    except asyncpg.ProtocolViolationError as error:
        if "startup parameter" in str(error):
            raise PoolerInTheWay(f"{PoolerInTheWay.__doc__} (The pooler said: {error})") from None
        raise
    watch(connection)
    return connection


def watch(connection: Any) -> None:
    """Let our kernel notice that the other side is gone; asyncpg has no option for it."""
    found = connection._transport.get_extra_info("socket")
    if found is None or found.family == getattr(socket, "AF_UNIX", None):
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", IDLE_SECONDS),
        ("TCP_KEEPALIVE", IDLE_SECONDS),  # its name on macOS
        ("TCP_KEEPINTVL", PROBE_SECONDS),
        ("TCP_KEEPCNT", PROBES),
        ("TCP_USER_TIMEOUT", UNANSWERED_MS),
    ):
        if (option := getattr(socket, name, None)) is not None:
            with suppress(OSError):
                found.setsockopt(socket.IPPROTO_TCP, option, value)


async def through_a_pooler(connection: Any) -> bool:
    """Tell whether somebody stands between us and the server: a pooler answers for many and shows a number of its own."""
    return bool(connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()"))
