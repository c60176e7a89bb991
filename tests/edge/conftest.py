"""One nginx over a directory for the tests that only read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.edge.settings import DirectoryStore, EdgeSettings
from tests.edge import nginx, upstream


@pytest.fixture(scope="module")
def api() -> Iterator[upstream.Upstream]:
    with upstream.running() as server:
        yield server


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> nginx.Store:
    return nginx.Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nginx.web_app(tmp_path_factory.mktemp("web") / "dist")


@pytest.fixture(scope="module")
def edge(
    tmp_path_factory: pytest.TempPathFactory, api: upstream.Upstream, store: nginx.Store, web: Path
) -> Iterator[nginx.Edge]:
    home = tmp_path_factory.mktemp("edge")
    settings = EdgeSettings(
        public_port=nginx.free_port(),
        gateway=f"127.0.0.1:{api.port}",
        store=DirectoryStore(store.path),
        web_dist=web,
        run_dir=home / "run",
        log_dir=home / "log",
        grant_secrets=(nginx.SECRET,),
        workers=1,
        user=nginx.run_as(),
    )
    with nginx.running(settings) as server:
        yield server


@pytest.fixture
def lonely(edge: nginx.Edge, tmp_path: Path) -> Iterator[nginx.Edge]:
    """One whose gateway is not there."""
    settings = replace(
        edge.settings,
        public_port=nginx.free_port(),
        gateway=f"127.0.0.1:{nginx.free_port()}",
        run_dir=tmp_path / "run",
        log_dir=None,
    )
    with nginx.running(settings) as server:
        yield server
