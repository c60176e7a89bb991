"""Lakes on a real database, with their files in a directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.analytics import fortnight
from tests.analytics.places import Place
from tests.conftest import Databases


@contextmanager
def a_place(databases: Databases, folder: Path) -> Iterator[Place]:
    name = databases.migrated("pipelines.analytics")
    root = folder / "store"
    root.mkdir()
    yield Place(databases.url(name), f"file://{root}", root)
    databases.drop(name)


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    """An empty lake."""
    with a_place(databases, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def two_weeks(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A lake of a few events whose answers can be counted by hand, its daily jobs done. Nobody changes it."""
    with a_place(databases, tmp_path_factory.mktemp("lake")) as made:
        fortnight.fill(made)
        yield made
