"""Who is told what on this machine."""

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.deployable import Service
from deploy.local import launch
from deploy.local.data import Data
from deploy.local.environment import SERVER_PORTS, Machine, environment, parts, seed_environment, write_secrets
from deploy.local.nodes.base import Node
from deploy.local.supervisor import Supervisor, Unit
from deploy.topology import KAFKA, OBJECTS, SERVICES, VALKEY, database, owns_database
from libs.chassis.security.shares import share_of


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    data = Data(tmp_path)
    secrets = data.secrets([service.name for service in SERVICES if owns_database(service)])
    ports = {service.name: service.port for service in SERVICES if service.port}
    return Machine(data, secrets, SERVER_PORTS | ports, "http://127.0.0.1:8080")


def service(name: str) -> Service:
    return next(service for service in SERVICES if service.name == name)


def test_everyone_has_a_port_of_its_own() -> None:
    ports = [service.port for service in SERVICES if service.port] + list(SERVER_PORTS.values())
    assert len(set(ports)) == len(ports)


def test_the_servers_ports_are_where_they_always_were() -> None:
    assert SERVER_PORTS == {"public": 8080, "postgres": 15432, "valkey": 16379, "tansu": 19092}


def test_each_service_reaches_its_own_database_only(machine: Machine) -> None:
    for each in SERVICES:
        told = environment(each, machine)
        if database(each) is None:
            assert "BIJOU_DATABASE_URL" not in told
            continue
        url = urlsplit(told["BIJOU_DATABASE_URL"])
        assert (url.username, url.path) == (database(each), f"/{database(each)}")
        others = {password for name, password in machine.secrets.databases.items() if name != database(each)}
        assert not others & set(told["BIJOU_DATABASE_URL"].replace("@", ":").split(":"))


def test_an_address_is_told_to_those_who_need_it(machine: Machine) -> None:
    for backend in (VALKEY, KAFKA, OBJECTS):
        told = {each.name for each in SERVICES if f"BIJOU_{backend.setting}" in environment(each, machine)}
        assert told == {each.name for each in SERVICES if backend in each.needs}
    assert environment(service("billing"), machine)["BIJOU_REDIS_URL"].endswith("127.0.0.1:16379/0")
    assert environment(service("catalog"), machine)["BIJOU_OBJECT_STORE_URL"] == machine.data.store.as_uri()
    assert machine.secrets.named["valkey"] not in json.dumps(environment(service("playback"), machine))


def test_secrets_go_to_those_who_need_them(machine: Machine) -> None:
    named = machine.secrets.named
    write_secrets(machine)
    files = {
        path.relative_to(machine.data.root).as_posix(): path
        for path in (machine.data.root / "secrets").rglob("BIJOU_*")
    }
    assert {name: path.read_text() for name, path in files.items()} == {
        "secrets/playback/BIJOU_GRANT_SECRET": named["grant"],
        "secrets/gateway/BIJOU_GATEWAY_SECRET": named["gateway"],
        "secrets/identity/BIJOU_SEALING_SECRET": named["sealing"],
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    told = {each.name: environment(each, machine).get("BIJOU_SECRETS_DIR") for each in SERVICES}
    folders = {name: str(machine.data.told(name)) for name in ("playback", "gateway", "identity")}
    assert {name: folder for name, folder in told.items() if folder} == folders
    # Without it a service would believe nobody about the caller's address; with another's it could pass for the gateway there.
    behind = [each for each in SERVICES if each.port and each.name != "gateway"]
    shares = {each.name: environment(each, machine)["BIJOU_GATEWAY_SECRET"] for each in behind}
    assert shares == {each.name: share_of(named["gateway"], each.name) for each in behind}
    assert len(set(shares.values())) == len(behind)
    signs = {each.name for each in SERVICES if "BIJOU_SIGNING_KEY_FILE" in environment(each, machine)}
    assert signs == {"identity"}
    everything = json.dumps([environment(each, machine) for each in SERVICES])
    assert named["grant"] not in everything
    assert named["gateway"] not in everything
    assert named["postgres"] not in everything
    assert machine.secrets.admin.password not in everything


def test_the_gateway_knows_every_service_and_takes_keys_from_their_source(machine: Machine) -> None:
    told = environment(service("gateway"), machine)
    services = json.loads(told["BIJOU_SERVICES"])
    assert set(services) == {each.name for each in SERVICES if each.port} - {"gateway"}
    assert told["BIJOU_JWKS_URL"] == services["identity"] + "/.well-known/jwks.json"
    behind = [each for each in SERVICES if each.port and each.name != "gateway"]
    others = {environment(each, machine)["BIJOU_JWKS_URL"] for each in behind}
    assert others == {f"{machine.url_of('gateway')}/.well-known/jwks.json"}
    assert {environment(each, machine)["BIJOU_PUBLIC_URL"] for each in behind} == {"http://127.0.0.1:8080"}


def test_the_worker_shares_the_database_and_the_folder_of_its_service_and_listens_nowhere(machine: Machine) -> None:
    api, worker = (environment(service(name), machine) for name in ("transcode", "transcode-worker"))
    assert worker["BIJOU_DATABASE_URL"] == api["BIJOU_DATABASE_URL"]
    assert worker["BIJOU_WORK_DIR"] == api["BIJOU_WORK_DIR"] == str(machine.data.root / "work")
    assert "BIJOU_PORT" not in worker


def test_the_seed_makes_the_accounts_that_are_shown(machine: Machine) -> None:
    told = seed_environment(machine)
    accounts = {each["email"]: each for each in json.loads(told["BIJOU_SEED_ACCOUNTS"])}
    admin, demo = machine.secrets.admin, machine.secrets.demo
    assert accounts[admin.email]["password"] == admin.password
    assert accounts[admin.email]["roles"] == ["super_admin"]
    assert accounts[demo.email]["password"] == demo.password
    assert accounts[demo.email]["roles"] == []
    assert told["BIJOU_DATABASE_URL"] == environment(service("identity"), machine)["BIJOU_DATABASE_URL"]


def test_a_changed_migration_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = tmp_path / "some" / "service" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "libs" / "chassis" / "data").mkdir(parents=True)
    (tmp_path / "libs" / "chassis" / "data" / "migrations.py").write_text("")
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    nothing = launch.fingerprint("some.service")
    (versions / "2026_01_01_first.py").write_text("1")
    first = launch.fingerprint("some.service")
    (versions / "2026_01_01_first.py").write_text("2")
    assert len({nothing, first, launch.fingerprint("some.service")}) == 3


def test_the_first_film_is_made_while_an_empty_platform_starts_and_only_then(machine: Machine) -> None:
    class Stages(Supervisor):
        def spawn(self, nodes: Sequence[Node]) -> list[Unit]:
            spawned.extend(node.name for node in nodes)
            return []

    spawned: list[str] = []
    supervisor = Stages(machine.data.run)
    for demo in (False, True):
        launch.Launch(machine.data, demo=demo).film_ahead(supervisor, machine)
        assert spawned == (["first-film"] if demo else [])
    machine.data.make()
    (machine.data.demo / "progress.json").write_text("{}")
    launch.Launch(machine.data).film_ahead(supervisor, machine)
    assert spawned == ["first-film"]


def test_what_waits_in_a_queue_is_done_by_a_program_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(3), raising=False)
    assert parts(service("transcode-worker")) == ["transcode-worker", "transcode-worker-2", "transcode-worker-3"]
    assert parts(service("catalog")) == ["catalog"]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(100), raising=False)
    assert len(parts(service("transcode-worker"))) == 8
