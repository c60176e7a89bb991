"""An authority for the tests of this folder, and the servers whose certificates it signs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from tests import backends
from tests.secured.certificates import Authority
from tests.secured.servers import SecuredPostgres, SecuredRedis

HERE = ("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with backends.folder() as made:
        yield made


@pytest.fixture(scope="module")
def authority(place: Path) -> Authority:
    return Authority(place)


@pytest.fixture(scope="module")
def stranger(place: Path) -> Authority:
    """An authority that signed nothing here."""
    return Authority(place, "stranger")


@pytest.fixture(scope="module")
def secured_postgres(authority: Authority) -> Iterator[SecuredPostgres]:
    with backends.folder() as own:
        node = SecuredPostgres(own, free_port(), authority, authority.server(*HERE, into=own))
        try:
            node.start()
            yield node
        finally:
            node.stop()


@pytest.fixture(scope="module")
def secured_redis(place: Path, authority: Authority) -> Iterator[SecuredRedis]:
    node = SecuredRedis(place, free_port(), authority, authority.server(*HERE))
    try:
        node.start()
        yield node
    finally:
        node.stop()
