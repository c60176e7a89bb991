"""Who is told what."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.local import launch, platform
from deploy.local.data import Data
from deploy.local.platform import PARTS, Part, Surroundings


@pytest.fixture
def it(tmp_path: Path) -> Surroundings:
    data = Data(tmp_path)
    names = {part.name: part.port for part in PARTS if part.port}
    secrets = data.secrets([part.name for part in PARTS if part.package])
    return Surroundings(data, secrets, platform.SERVER_PORTS | names, "http://127.0.0.1:8080")


def part(name: str) -> Part:
    return next(part for part in PARTS if part.name == name)


def test_every_part_has_its_own_port() -> None:
    ports = [part.port for part in PARTS if part.port] + list(platform.SERVER_PORTS.values())
    assert len(set(ports)) == len(ports)


def test_each_service_reaches_its_own_database_only(it: Surroundings) -> None:
    for each in PARTS:
        told = platform.environment(each, it)
        if each.database is None:
            assert "BIJOU_DATABASE_URL" not in told
            continue
        url = urlsplit(told["BIJOU_DATABASE_URL"])
        assert (url.username, url.path) == (each.database, f"/{each.database}")
        others = {password for name, password in it.secrets.databases.items() if name != each.database}
        assert not others & set(told["BIJOU_DATABASE_URL"].replace("@", ":").split(":"))


def test_secrets_go_to_those_who_need_them(it: Surroundings) -> None:
    knows = {each.name for each in PARTS if it.secrets.grant in platform.environment(each, it).values()}
    assert knows == {"playback"}
    # Without it a service would believe nobody about the caller's address.
    assert all(it.secrets.gateway in platform.environment(each, it).values() for each in PARTS)
    signs = {each.name for each in PARTS if "BIJOU_SIGNING_KEY_FILE" in platform.environment(each, it)}
    assert signs == {"identity"}
    everything = json.dumps([platform.environment(each, it) for each in PARTS])
    assert it.secrets.postgres not in everything
    assert it.secrets.admin.password not in everything


def test_the_gateway_knows_every_service_and_takes_keys_from_their_source(it: Surroundings) -> None:
    told = platform.environment(part("gateway"), it)
    services = json.loads(told["BIJOU_SERVICES"])
    assert set(services) == {each.name for each in PARTS if each.port} - {"gateway"}
    assert told["BIJOU_JWKS_URL"] == services["identity"] + "/.well-known/jwks.json"
    others = {platform.environment(each, it)["BIJOU_JWKS_URL"] for each in PARTS if each.name != "gateway"}
    assert others == {f"{it.url_of('gateway')}/.well-known/jwks.json"}


def test_the_worker_shares_the_database_of_its_service_and_listens_nowhere(it: Surroundings) -> None:
    service, worker = (platform.environment(part(name), it) for name in ("transcode", "transcode-worker"))
    assert worker["BIJOU_DATABASE_URL"] == service["BIJOU_DATABASE_URL"]
    assert "BIJOU_PORT" not in worker


def test_the_seed_makes_the_accounts_that_are_shown(it: Surroundings) -> None:
    told = platform.seed_environment(it)
    accounts = {each["email"]: each for each in json.loads(told["BIJOU_SEED_ACCOUNTS"])}
    assert accounts[it.secrets.admin.email]["password"] == it.secrets.admin.password
    assert accounts[it.secrets.admin.email]["roles"] == ["super_admin"]
    assert accounts[it.secrets.demo.email]["password"] == it.secrets.demo.password
    assert accounts[it.secrets.demo.email]["roles"] == []
    assert told["BIJOU_DATABASE_URL"] == platform.environment(part("identity"), it)["BIJOU_DATABASE_URL"]


def test_a_changed_migration_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = tmp_path / "some" / "service" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "libs" / "chassis").mkdir(parents=True)
    (tmp_path / "libs" / "chassis" / "migrations.py").write_text("")
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    nothing = launch.fingerprint("some.service")
    (versions / "2026_01_01_first.py").write_text("1")
    first = launch.fingerprint("some.service")
    (versions / "2026_01_01_first.py").write_text("2")
    assert len({nothing, first, launch.fingerprint("some.service")}) == 3
