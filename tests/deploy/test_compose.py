"""docker-compose.yml without an engine: its schema, its order, its variables, ports, secrets, and that each command is ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
import yaml

from deploy import topology
from deploy.compose import observing, render
from deploy.containers import deployables
from deploy.deployable import MailUrl, PrivateKey, Secret, Service, Share
from deploy.secrets import MAILPIT, files, remembered
from deploy.topology import EDGE, SERVICES, owns_database
from tests.deploy import operate
from tests.deploy.images import DOCKERFILE, stages

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [each.name for each in deployables()]
IMAGES = {part["image"]: part["build"]["target"] for part in PARTS.values() if "build" in part}
# What runs in an image of ours: the parts themselves, their migrations, the first account.
RUN = [name for name, part in PARTS.items() if part["image"] in IMAGES]
STAGES = stages(DOCKERFILE.read_text())
CONFIDENTIAL = ("DATABASE_URL", "REDIS_URL", "SECRET", "PASSWORD", "TOKEN", "ACCOUNTS")


def test_it_is_what_the_table_says() -> None:
    assert render.text() == TEXT
    assert set(OURS) <= set(PARTS)
    assert {backend.name for backend in topology.BACKENDS} <= set(PARTS)


def test_it_keeps_the_schema_of_compose() -> None:
    schema = json.loads(
        operate.go_file("github.com/compose-spec/compose-go/v2", "schema/compose-spec.json").read_text()
    )
    jsonschema.validate(COMPOSE, schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors({"services": {"x": {"imagee": "y"}}}))


def test_every_variable_has_a_default_and_a_line_in_the_example() -> None:
    used = re.findall(r"(?<!\$)\$\{(\w+)(:-)?", TEXT)
    assert used
    assert all(default for _, default in used)
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert named == {name for name, _ in used}


def test_only_the_door_the_dashboards_and_the_mails_are_reached_from_outside() -> None:
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    assert set(published) == {EDGE.name, "grafana", MAILPIT}
    ports = [port for of_one in published.values() for port in of_one]
    assert len(ports) == len({port.rpartition(":")[0] for port in ports})
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, part in PARTS.items() if "front" in part["networks"]} == set(published)


def test_no_two_answer_on_one_port_of_one_host() -> None:
    ports = [each.port for each in deployables() if each.port]
    assert len(ports) == len(set(ports))


def test_the_order_of_a_start_has_no_circle_and_waits_only_for_what_can_be_seen() -> None:
    after = {name: part.get("depends_on", {}) for name, part in PARTS.items()}
    order = list(TopologicalSorter(after).static_order())
    assert set(order) == set(PARTS)
    assert order.index("databases") < order.index("migrate-catalog") < order.index("catalog")
    assert order.index("gateway") < order.index(EDGE.name)
    for name, waits in after.items():
        for other, how in waits.items():
            checked = PARTS[other].get("healthcheck") or any(
                step == "HEALTHCHECK"
                for step, _ in STAGES.get(PARTS[other].get("build", {}).get("target"), ("", []))[1]
            )
            assert how["condition"] != "service_healthy" or checked, f"{name} waits for the health of {other}"
            if how["condition"] == "service_completed_successfully":
                assert PARTS[other]["restart"] == "on-failure", f"{other} would never be done"


def test_each_image_is_built_once_and_by_the_part_of_its_name() -> None:
    assert [name for name, part in PARTS.items() if "build" in part] == OURS
    assert list(IMAGES.values()) == OURS
    others = set(RUN) - set(OURS)
    assert others == {f"migrate-{each.name}" for each in SERVICES if owns_database(each)} | {"seed"}
    assert all(PARTS[name]["pull_policy"] == "never" for name in others)


def test_processes_are_bounded_in_one_place_of_two() -> None:
    """Compose refuses a file whose pids_limit is not that of deploy.resources.limits, and takes none there for another."""
    for name in RUN:
        limits = PARTS[name].get("deploy", {}).get("resources", {}).get("limits")
        assert ("pids_limit" in PARTS[name]) == (limits is None), name
        assert (PARTS[name]["pids_limit"] if limits is None else limits["pids"]) == render.PROCESSES, name


def test_somebody_waits_for_the_end_of_everything_that_ends() -> None:
    """Otherwise `up --wait` takes the end for a failure."""
    ends = {name for name, part in PARTS.items() if part["restart"] == "on-failure"}
    waited = {
        other
        for part in PARTS.values()
        for other, how in part.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    assert {"seed", "bucket", "databases", "migrate-catalog"} <= ends
    assert waited == ends


@pytest.mark.parametrize("name", RUN)
def test_what_is_ours_starts_our_code_and_may_nothing(name: str) -> None:
    part = PARTS[name]
    steps = dict(STAGES[IMAGES[part["image"]]][1])
    command = part.get("command") or json.loads(steps.get("CMD") or steps["ENTRYPOINT"])
    assert command[0] in ("python", "python3")
    module = command[2] if command[1] == "-m" else command[2].split()[1]
    assert find_spec(module) is not None
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in part
    variables = set(part["environment"]) - {"BIJOU_SECRETS_DIR"}
    assert not any(word in variable for variable in variables for word in CONFIDENTIAL)


@pytest.mark.parametrize("each", deployables(), ids=lambda each: each.name)
def test_it_is_told_what_the_table_says(each: Service) -> None:
    part = PARTS[each.name]
    files_of = {secret["target"].rpartition("/")[2] for secret in part["secrets"]}
    for name, value in topology.told(each).items():
        if isinstance(value, Secret | Share | MailUrl):
            assert f"BIJOU_{name}" in files_of
        else:
            assert f"BIJOU_{name}" in part["environment"]
            assert not isinstance(value, PrivateKey) or value.name in files_of
    named = {f"BIJOU_{backend.setting}" for backend in each.needs}
    assert named <= {*part["environment"], *files_of}
    others = {f"BIJOU_{backend.setting}" for backend in topology.BACKENDS} - named
    assert others.isdisjoint({*part["environment"], *files_of})


def test_every_secret_is_made_declared_and_used(tmp_path: Path) -> None:
    made = {f"{holder}_{name}" for holder, held in files(remembered(tmp_path)).items() for name in held}
    used = {secret["source"] for part in PARTS.values() for secret in part.get("secrets", [])}
    assert made == set(COMPOSE["secrets"]) == used


def test_everything_that_is_mounted_is_there() -> None:
    mounts = [mount for part in PARTS.values() for mount in part.get("volumes", [])]
    for mount in mounts:
        source = mount.partition(":")[0]
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"] or source[0] == "/"
    assert {mount.partition(":")[0] for mount in mounts if mount[0] not in "./"} == set(COMPOSE["volumes"])


def test_prometheus_asks_everyone_that_answers() -> None:
    document = yaml.safe_load((ROOT / "deploy/compose/observe/prometheus.yml").read_text())
    assert document == observing.prometheus()
    targets = {target for job in document["scrape_configs"] for target in job["static_configs"][0]["targets"]}
    assert targets == {f"{each.name}:{each.port}" for each in SERVICES if each.port}


@pytest.fixture
def psql() -> str:
    found = shutil.which("psql") or next((str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/psql")), None)
    if found is None:
        pytest.skip("psql is not there: make servers fetches it")
    return found


@pytest.fixture
def roles(postgres: str) -> Iterator[list[str]]:
    """Names of roles and databases that are gone again afterwards."""
    names = ["compose_one", "compose_two"]
    yield names
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"DROP ROLE IF EXISTS {name}")


def test_databases_are_made_once_and_passwords_follow(
    postgres: str, psql: str, roles: list[str], tmp_path: Path
) -> None:
    script = (ROOT / "deploy/compose/databases.sh").read_text().replace("/run/secrets/databases", str(tmp_path))
    info = psycopg.conninfo.conninfo_to_dict(postgres)
    (tmp_path / "password").write_text(str(info["password"]))
    around = {
        "PGHOST": str(info["host"]),
        "PGPORT": str(info["port"]),
        "PGUSER": str(info["user"]),
        "PGDATABASE": "postgres",
    }
    around["PATH"] = f"{Path(psql).parent}:{os.environ['PATH']}"
    for password in ("it's $1 \\ first", "second"):
        for name in roles:
            (tmp_path / name).write_text(password)
        done = subprocess.run(["sh", "-c", script, "databases.sh", *roles], env=around, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        for name in roles:
            own = psycopg.conninfo.make_conninfo(postgres, user=name, password=password, dbname=name)
            with psycopg.connect(own) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
    stranger = psycopg.conninfo.make_conninfo(postgres, user=roles[0], password="second", dbname=roles[1])
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(stranger)
