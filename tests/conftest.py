"""Fixtures every part's tests share: real servers, databases from migrated templates, access tokens."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypedDict, Unpack
from uuid import UUID, uuid4

import hypothesis
import psycopg
import pytest
import redis.asyncio
from hypothesis import HealthCheck
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.local.nodes.tansu import Tansu
from libs.chassis import ids, telemetry
from libs.chassis.data import migrations
from libs.chassis.security import tokens
from libs.contracts.token import LONGEST, Principal
from tests import backends, costs, declared, spreading

DatabaseFactory = Callable[[str], Awaitable[str]]


def pytest_configure() -> None:
    # Unconfigured, structlog draws every traceback in full colour, which takes minutes.
    telemetry.configure("tests", level="warning")
    # A machine that is busy is no fault of what is tested.
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis.settings.load_profile("patient")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Files of bytes go by their size: an id must be the same in every process, and be read by a person."""
    return f"{len(val)} bytes" if isinstance(val, bytes) and len(val) > 16 else None


def pytest_report_header() -> str:
    return backends.header()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spreading.Spreading:
    return spreading.Spreading(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=spreading.rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if spent := costs.line(terminalreporter):
        terminalreporter.write_line(f"seconds by folder: {spent}")


@pytest.fixture(scope="session", autouse=True)
def undeclared() -> Iterator[list[str]]:
    """Codes that operations answered with and do not declare."""
    with declared.watching() as met:
        yield met


@pytest.fixture(autouse=True)
def every_code_is_declared(undeclared: list[str]) -> Iterator[None]:
    yield
    met = sorted({*undeclared})
    undeclared.clear()
    assert met == []


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The administrator's URL of a PostgreSQL server for this session."""
    with backends.postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    with backends.valkey_server() as url:
        yield url


@pytest.fixture
async def valkey_url(valkey_server: str) -> str:
    """The URL of a Redis-protocol server, emptied before the test (unless it is somebody else's)."""
    if backends.source("valkey") != "env":
        async with redis.asyncio.Redis.from_url(valkey_server) as client:
            await client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """The address of a Kafka-protocol broker for this session; topics and groups outlive a test."""
    with backends.kafka_server() as bootstrap:
        yield bootstrap


@pytest.fixture
def fresh_broker() -> Iterator[Tansu]:
    """A broker of this test's own: `.bootstrap`, `.kill()`, `.start()`; what it held is gone after a kill."""
    with backends.folder() as place, backends.tansu(place) as node:
        yield node


class Databases:
    """Makes databases on one server: empty ones, and copies of a service's migrated template."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._run = uuid4().hex[:8]
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    def url(self, name: str) -> str:
        parts = conninfo_to_dict(self._admin_url)
        return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{name}"

    def create(self, template: str | None = None) -> str:
        """A new database, and its name."""
        name = f"test_{self._run}_{len(self._made)}"
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            command += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
        self._execute(command)
        self._made.append(name)
        return name

    def migrated(self, module: str) -> str:
        """A new database with every migration of `module` ("services.catalog") applied, and its name."""
        if module not in self._templates:
            name = self.create()
            migrations.upgrade(module, self.url(name))
            self._templates[module] = name
        return self.create(self._templates[module])

    def drop(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def drop_templates(self) -> None:
        for name in self._templates.values():
            self.drop(name)

    def _execute(self, command: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(command)


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[Databases]:
    made = Databases(postgres)
    yield made
    made.drop_templates()


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[DatabaseFactory]:
    """`await database("services.catalog")` → the URL of a fresh database with that service's tables."""
    names: list[str] = []

    async def make(module: str) -> str:
        name = await asyncio.to_thread(databases.migrated, module)
        names.append(name)
        return databases.url(name)

    yield make
    for name in names:
        await asyncio.to_thread(databases.drop, name)


@pytest.fixture
async def empty_database(databases: Databases) -> AsyncIterator[str]:
    """The URL of a database without any table."""
    name = await asyncio.to_thread(databases.create)
    yield databases.url(name)
    await asyncio.to_thread(databases.drop, name)


@pytest.fixture(scope="session")
def signing_key() -> str:
    """The private key (PEM) that stands for the platform's in tests."""
    return tokens.new_private_key()


@pytest.fixture(scope="session")
def signer(signing_key: str) -> tokens.Signer:
    return tokens.Signer(signing_key)


@pytest.fixture
def verifier(signer: tokens.Signer) -> tokens.Verifier:
    """A verifier that knows the test key and fetches nothing."""
    return tokens.Verifier(keys=signer.jwks())


@pytest.fixture(scope="session")
def jwks_cache(signer: tokens.Signer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file for the setting `jwks_cache`: an application given it trusts the test key without asking anyone."""
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    path.write_text(json.dumps(signer.jwks()))
    return str(path)


class Claims(TypedDict, total=False):
    """What a test may say of who is asking; ids left out are new ones, the rest as below in `tokens_for`."""

    account_id: UUID
    profile_id: UUID | None
    session_id: UUID
    device_id: UUID | None
    roles: Iterable[str]
    maturity: int
    kids: bool
    country: str
    language: str
    ttl: int
    now: float
    consents: Iterable[str] | None


class TokensFor(Protocol):
    def __call__(self, **claims: Unpack[Claims]) -> str: ...


class AuthHeaders(Protocol):
    def __call__(self, **claims: Unpack[Claims]) -> dict[str, str]: ...


@pytest.fixture(scope="session")
def tokens_for(signer: tokens.Signer) -> TokensFor:
    """Mints access tokens: `tokens_for(account_id=…, profile_id=…, roles=["support"])`."""

    def mint(**claims: Unpack[Claims]) -> str:
        issued = claims.get("now", time.time())
        # As long as one may be: what tests share is made once, and a busy machine takes its time.
        ttl = claims.get("ttl", int(LONGEST.total_seconds()))
        who = Principal(
            account_id=claims.get("account_id") or ids.new_id(),
            session_id=claims.get("session_id") or ids.new_id(),
            device_id=claims.get("device_id") or ids.new_id(),
            profile_id=claims.get("profile_id"),
            maturity=claims.get("maturity", 18),
            kids=claims.get("kids", False),
            roles=frozenset(claims.get("roles", ())),
            country=claims.get("country", "US"),
            language=claims.get("language", ""),
            expires=int(issued) + ttl,
            consents=None if (agreed := claims.get("consents")) is None else frozenset(agreed),
        )
        return signer.issue(who, ttl=ttl, now=issued)

    return mint


@pytest.fixture(scope="session")
def auth_headers(tokens_for: TokensFor) -> AuthHeaders:
    """The same arguments as `tokens_for`, as request headers."""

    def headers(**claims: Unpack[Claims]) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens_for(**claims)}"}

    return headers


@pytest.fixture
def object_store(tmp_path: Path) -> str:
    """The URL of an empty object store in a directory."""
    root = tmp_path / "store"
    root.mkdir()
    return f"file://{root}"
