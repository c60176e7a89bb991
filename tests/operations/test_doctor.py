"""The doctor finds what is wrong: each thing is broken for real, and found; what is well gives no finding."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.data import Data
from deploy.local.nodes import nginx
from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.tansu import Tansu
from deploy.operations import places
from deploy.operations.doctor import broker, certificates, databases, machine, objects, whole
from deploy.operations.doctor.findings import Check, Finding, examine
from libs.chassis.data import migrations
from libs.chassis.messaging.bus import create_topics
from libs.chassis.object_store import DirectoryStore, S3Store
from libs.chassis.settings import ServiceSettings
from libs.contracts.registry import TOPICS
from tests.conftest import DatabaseFactory
from tests.journeys.platform import ROOT
from tests.secured.certificates import Authority

MODULE = "services.watchstate"


def now() -> datetime:
    return datetime.now(UTC)


def what(findings: object) -> list[str]:
    assert isinstance(findings, list | Iterator)
    return [each.what for each in findings]


def looked(url: str, clock: object = now) -> list[Finding]:
    return list(databases.look("watchstate", url, MODULE, clock))  # type: ignore[arg-type]


# ---- looking -------------------------------------------------------------------------------------------------------------------


def test_what_hangs_holds_nobody_up_and_what_fails_is_a_finding() -> None:
    def fail() -> list[Finding]:
        raise RuntimeError("it broke")

    hung = threading.Event()

    def hang() -> list[Finding]:
        hung.wait(60)
        return []

    well = Finding("a", "b", "c", "warning")
    began = time.monotonic()
    found = examine([Check("slow", hang), Check("broken", fail), Check("well", lambda: [well])], 0.5)
    assert time.monotonic() - began < 30
    assert [each.done for each in found] == [False, True, True]
    assert "did not answer within 0.5 s" in found[0].findings[0].what
    assert "RuntimeError: it broke" in found[1].findings[0].what
    assert found[2].findings == [well]
    hung.set()


# ---- databases -----------------------------------------------------------------------------------------------------------------


async def test_a_database_that_is_well(database: DatabaseFactory) -> None:
    assert looked(await database(MODULE)) == []


async def test_a_clock_that_goes_otherwise(database: DatabaseFactory) -> None:
    url = await database(MODULE)
    for seconds, said in ((60, "behind"), (-60, "ahead of")):
        (found,) = looked(url, lambda seconds=seconds: now() + timedelta(seconds=seconds))
        assert f"{said} this machine's" in found.what


async def test_a_database_without_tables(empty_database: str) -> None:
    (found,) = looked(empty_database)
    assert "has no tables" in found.what
    assert MODULE in found.do


async def test_a_database_that_is_behind_or_ahead(empty_database: str) -> None:
    migrations.upgrade(MODULE, empty_database, "+1")
    (found,) = looked(empty_database)
    assert "the code needs" in found.what
    migrations.upgrade(MODULE, empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of_next_year'")
    (found,) = looked(empty_database)
    assert ("newer than this code" in found.what, found.level) == (True, "warning")


async def test_events_that_wait_and_events_put_aside(database: DatabaseFactory) -> None:
    url = await database(MODULE)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO outbox (event_id, topic, key, type, payload, created_at)"
            " VALUES (gen_random_uuid(), 'watch.lists', 'k', 't', '{}', now() - interval '1 hour')"
        )
        connection.execute(
            "INSERT INTO dead_letters (consumer, topic, partition, position, reason) VALUES ('c', 't', 0, 0, 'no')"
        )
    assert ["1 events" in each for each in what(looked(url))] == [True, True]


def test_a_database_that_is_away() -> None:
    (found,) = looked("postgresql://nobody@127.0.0.1:1/nothing")
    assert "cannot be used" in found.what


# ---- the broker ----------------------------------------------------------------------------------------------------------------


def told(bootstrap: str, **more: object) -> ServiceSettings:
    return ServiceSettings(kafka_bootstrap=bootstrap, **more)  # type: ignore[arg-type]


def test_topics_that_are_missing_too_small_or_kept_otherwise(fresh_broker: Tansu) -> None:
    client = {"bootstrap_servers": fresh_broker.bootstrap}
    missing = what(list(broker.check(told(fresh_broker.bootstrap)).look()))
    assert len([each for each in missing if "is not there" in each]) == len(TOPICS) + 1

    kept = next(topic for topic in TOPICS.values() if topic.hours)

    async def make() -> None:
        admin = AIOKafkaAdminClient(**client)
        await admin.start()
        await admin.create_topics([NewTopic(kept.name, 1, 1, topic_configs={"retention.ms": "3600000"})])
        await admin.close()
        await create_topics(client, list(TOPICS.values()), alone=True)

    asyncio.run(make())
    found = what(list(broker.check(told(fresh_broker.bootstrap, kafka_forgets=True)).look()))
    assert f"The topic {kept.name} keeps records for 1 hours where the contract says {kept.hours}." in found
    found = what(list(broker.check(told(fresh_broker.bootstrap)).look()))
    assert len([each for each in found if "partitions where the contract says" in each]) == len(
        [topic for topic in TOPICS.values() if topic.partitions > 1]
    )


def test_a_topic_that_is_not_compacted() -> None:
    topic = next(topic for topic in TOPICS.values() if topic.compacted)
    told_of = {topic.name: {"cleanup.policy": "delete"}}
    (found,) = broker.compare([topic], {topic.name: topic.partitions}, told_of, alone=False)
    assert "is kept by 'delete'" in found.what


def test_a_broker_that_is_away() -> None:
    (found,) = broker.check(told("127.0.0.1:1")).look()
    assert "cannot be used" in found.what


def test_a_broker_that_says_nothing_holds_nobody_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        (found,) = examine([broker.check(told(f"127.0.0.1:{silent.getsockname()[1]}"))], 1)
    assert "did not answer within 1 s" in found.findings[0].what


# ---- objects -------------------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_well_and_is_left_as_it_was(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store", ("masters",))
    asyncio.run(store.put_bytes("masters/a", b"x"))
    assert list(objects.look(store, now)) == []
    assert [path.name for path in store.root.iterdir()] == ["masters"]


def test_masters_that_others_may_see(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path, ("masters",))
    asyncio.run(store.put_bytes("masters/a", b"x"))
    (tmp_path / "masters").chmod(0o755)
    (found,) = objects.look(store, now)
    assert found.do == f"chmod 700 {tmp_path / 'masters'}"


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    (found,) = objects.look(DirectoryStore(tmp_path / "store"), now)
    assert "cannot be used" in found.what


def test_a_bucket_that_is_open_to_everybody(bucket: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "bucket_key").write_text("[default]\naws_access_key_id = edge\naws_secret_access_key = x\n")
    monkeypatch.setenv("BIJOU_PLATFORM_SECRETS", str(tmp_path))
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    bucket.client.put_bucket_policy(Bucket="films", Policy=json.dumps(policy))
    found = what(list(objects.look(bucket, now)))
    assert [each.split(" the bucket")[0] for each in found] == [
        "Anybody may read", "Anybody may list", "Anybody may write to", "The edge's key may write to",
    ]  # fmt: skip
    assert "Contents" not in bucket.client.list_objects_v2(Bucket="films"), "nothing is left of the looking"


def test_a_stores_clock_that_goes_otherwise(bucket: S3Store) -> None:
    found = what(list(objects.look(bucket, lambda: now() + timedelta(minutes=5))))
    assert "behind this machine's" in found[0]


def test_a_bucket_that_is_away(bucket: S3Store) -> None:
    gone = S3Store("films", endpoint="http://127.0.0.1:1")
    (found,) = objects.look(gone, now)
    assert "cannot be used" in found.what


# ---- the machine ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Data:
    found = Data(tmp_path / "data")
    found.make()
    found.secrets(["catalog", "billing"])
    return found


def test_secrets_that_are_well(data: Data) -> None:
    places.on_this_machine(data)
    files = machine.secret_files(data)
    assert {path.name for path in files} >= {"secrets.json", "signing_key.pem", "BIJOU_GRANT_SECRET"}
    assert list(machine.permissions(files)) == []
    assert list(machine.strength(machine.named(data), machine.keys(data))) == []


@pytest.mark.parametrize("name", ["secrets.json", "signing_key.pem", "secrets/playback/BIJOU_GRANT_SECRET"])
def test_a_secret_that_others_may_read(data: Data, name: str) -> None:
    places.on_this_machine(data)
    (data.root / name).chmod(0o640)
    (found,) = machine.permissions(machine.secret_files(data))
    assert name in found.what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grant": "short"}, "The secret grant is a placeholder"),
        ({"gateway": "changeme-changeme-changeme"}, "The secret gateway is a placeholder"),
        ({"grant": "a-very-long-and-random-text", "gateway": "a-very-long-and-random-text"}, "are the same"),
        ({"grant": "a-very-long-and-random-text@1764277200,old"}, "The secret grant is a placeholder"),
    ],
)
def test_a_secret_that_can_be_guessed(data: Data, change: dict[str, str], said: str) -> None:
    path = data.root / "secrets.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    (found,) = what(machine.strength(machine.named(data), []))
    assert said in found


def test_a_key_that_signs_nothing() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for pem in (other.decode(), "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        (found,) = what(machine.strength({}, [pem]))
        assert "none on the curve P-256" in found


def test_a_disk_that_is_nearly_full(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = shutil.disk_usage(data.root).total + 1
    monkeypatch.setattr(machine, "NEARLY", (1.0, everything))
    (found,) = machine.room([data.root, data.store])
    assert found.level == "warning"
    monkeypatch.setattr(machine, "FULL", (1.0, everything))
    (found,) = machine.room([data.root, data.store])
    assert found.level == "problem"


def test_a_port_that_another_program_has(data: Data) -> None:
    chosen = data.ports({"public": 0, "catalog": 0})
    assert list(machine.free_ports(data)) == []
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", chosen["catalog"]))
        holder.listen()
        (found,) = machine.free_ports(data)
        assert f"Port {chosen['catalog']}, which catalog had" in found.what
        with data.lock():
            pass


def test_programs_that_do_not_go_with_the_data(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(machine.programs(data)) == []
    data.postgres.mkdir()
    (data.postgres / "PG_VERSION").write_text("14\n")
    (found,) = machine.programs(data)
    assert "written by PostgreSQL 14" in found.what

    def missing() -> Path:
        raise NodeFailed("nginx is not installed")

    monkeypatch.setattr(nginx, "binary", missing)
    assert "nginx does not run: nginx is not installed" in what(machine.programs(data))


def test_an_edge_that_is_too_old(tmp_path: Path) -> None:
    said = {"nginx": "nginx version: nginx/1.24.0\nconfigure arguments: --add-module=njs-0.7.1/nginx"}
    assert [each.split(" is ")[0] for each in what(machine.versions(said, tmp_path / "none", ""))] == ["nginx", "njs"]


# ---- certificates --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_certificates_that_end(authority: Authority, tmp_path: Path) -> None:
    settings = {
        "catalog": ServiceSettings(database_url=f"postgresql://h/d?sslmode=verify-full&sslrootcert={authority.file}")
    }
    (path,) = certificates.files(settings)
    ends = _ends(path)
    assert list(certificates.in_file(path, ends - timedelta(days=31))) == []
    (found,) = certificates.in_file(path, ends - timedelta(days=10))
    assert (found.level, "in 10 days" in found.what) == ("warning", True)
    (found,) = certificates.in_file(path, ends + timedelta(seconds=1))
    assert (found.level, "ended on" in found.what) == ("problem", True)
    (found,) = certificates.in_file(tmp_path / "nowhere", ends)
    assert "holds no certificate" in found.what


def _ends(path: Path) -> datetime:
    from cryptography import x509

    return max(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))


def test_the_certificate_that_people_see(authority: Authority) -> None:
    shown = authority.server("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.file, shown.key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection, context.wrap_socket(connection, server_side=True):
                    pass

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        ends = _ends(shown.file)
        assert list(certificates.shown(url, ends - timedelta(days=31))) == []
        (found,) = certificates.shown(url, ends + timedelta(days=1))
    assert "ended on" in found.what


# ---- all of it -----------------------------------------------------------------------------------------------------------------


def test_a_setting_that_its_service_would_not_start_with(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIJOU_LEASE_TTL", "11")
    monkeypatch.setenv("BIJOU_LOG_LEVEL", "loud")
    checks = whole.checks(places.on_this_machine(data), now)
    found = {each.name: what(list(each.look())) for each in checks if each.name.startswith("settings")}
    assert all(any("BIJOU_LOG_LEVEL" in said for said in each) for each in found.values())
    monkeypatch.delenv("BIJOU_LOG_LEVEL")
    checks = whole.checks(places.on_this_machine(data), now)
    found = {each.name: what(list(each.look())) for each in checks if each.name.startswith("settings")}
    assert [name for name, said in found.items() if said] == ["settings of playback"]
    assert "lease_ttl must be at least twice" in found["settings of playback"][0]


def test_old_keys_and_keys_that_are_left_over(data: Data) -> None:
    from deploy.operations.keys import Keys

    platform = places.on_this_machine(data)
    Keys(platform, lambda: now() - timedelta(days=500)).rotate("signing")
    assert ["may go since" in each for each in what(whole._keys(platform, now))] == [True]
    Keys(platform, now).retire("signing")
    assert ["days old" in each for each in what(whole._keys(platform, now))] == [True]


def test_the_command_says_it_and_ends_with_one_where_there_is_a_problem(tmp_path: Path) -> None:
    def asked(*more: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BIJOU_DATA": str(tmp_path)}
        command = [sys.executable, "-m", "cli", "doctor", "--patience", "20", *more]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    nothing = asked()
    assert (nothing.returncode, nothing.stdout.splitlines()[0][:26]) == (1, "There is no platform here,")

    Data(tmp_path).secrets([])
    Data(tmp_path).ports(dict.fromkeys(("public", "postgres", "valkey", "tansu"), 0))
    down = asked("--json")
    found = {each["check"]: each["findings"] for each in json.loads(down.stdout)}
    assert down.returncode == 1
    assert "cannot be used" in found["database catalog"][0]["what"]
    assert "cannot be used" in found["broker"][0]["what"]
    assert found["secrets' permissions"] == []
    assert "why:" in asked().stdout
