"""Where the tests' servers come from: a URL in the environment, else Docker, else the wheels `make up` uses."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.nodes.valkey import Valkey
from deploy.local.ports import free_port

Source = Literal["env", "docker", "wheels"]
KINDS = {
    "postgres": "BIJOU_TEST_POSTGRES_URL",
    "valkey": "BIJOU_TEST_REDIS_URL",
    "kafka": "BIJOU_TEST_KAFKA_BOOTSTRAP",
}


class WrongBackend(Exception):
    """REQUIRE_BACKEND asks for servers from one source, and this one would come from another."""


@cache
def docker_runs() -> bool:
    """Whether a container engine answers `GET /_ping` (asked by hand: its client takes a second to load, and leaks)."""
    host = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    unix = host.scheme == "unix"
    try:
        with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as connection:
            connection.settimeout(2)
            connection.connect(host.path if unix else (host.hostname, host.port or 2375))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def source(kind: str) -> Source:
    """Where this kind of server comes from. Raises WrongBackend where REQUIRE_BACKEND names another source."""
    found: Source = "env" if os.environ.get(KINDS[kind]) else "docker" if docker_runs() else "wheels"
    required = os.environ.get("REQUIRE_BACKEND")
    if required == "wheels" and found == "docker":
        return "wheels"
    if required and required != found:
        raise WrongBackend(f"REQUIRE_BACKEND={required}, but {kind} would come from {found}.")
    return found


def header() -> str:
    return "backends: " + ", ".join(f"{kind} from {source(kind)}" for kind in KINDS)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A directory that a server running as another user can reach, unlike pytest's own; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="bijou-test-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The administrator's URL of a PostgreSQL server."""
    match source("postgres"):
        case "env":
            yield os.environ[KINDS["postgres"]]
        case "docker":
            from testcontainers.postgres import PostgresContainer

            with PostgresContainer("postgres:18", driver=None) as container:
                yield container.get_connection_url()
        case "wheels":
            with folder() as place:
                node = Postgres(place / "data", free_port(), "test", place / "postgres.log", disposable=True)
                try:
                    node.start()
                    yield node.url
                finally:
                    node.stop()


@contextlib.contextmanager
def valkey_server() -> Iterator[str]:
    """The URL of a server of the Redis protocol."""
    match source("valkey"):
        case "env":
            yield os.environ[KINDS["valkey"]]
        case "docker":
            from testcontainers.redis import RedisContainer

            with RedisContainer("valkey/valkey:9") as container:
                yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
        case "wheels":
            with folder() as place:
                node = Valkey(place / "data", free_port(), place / "valkey.log")
                try:
                    node.start()
                    yield node.url
                finally:
                    node.stop()


@contextlib.contextmanager
def kafka_server() -> Iterator[str]:
    """The bootstrap address of a broker of the Kafka protocol."""
    match source("kafka"):
        case "env":
            yield os.environ[KINDS["kafka"]]
        case "docker":
            from testcontainers.kafka import KafkaContainer

            with KafkaContainer("confluentinc/cp-kafka:8.1.0").with_kraft() as container:
                yield container.get_bootstrap_server()
        case "wheels":
            with folder() as place, tansu(place) as node:
                yield node.bootstrap


@contextlib.contextmanager
def tansu(place: Path) -> Iterator[Tansu]:
    """A broker of one's own, to kill and start again on the same address: Apache Kafka with BIJOU_TEST_KAFKA=apache."""
    if os.environ.get("BIJOU_TEST_KAFKA") == "apache":
        from tests.brokers import ApacheKafka

        node: Tansu = ApacheKafka(place, free_port())
    else:
        node = Tansu(free_port(), place / "tansu.log")
    try:
        node.start(120)
        yield node
    finally:
        node.stop()
