"""The table of the platform says what the code does: topics, needs, settings, folders."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module, util
from pathlib import Path
from typing import Any

import pytest

from deploy import topology
from deploy.deployable import Backend, Service, Url
from deploy.local.settings_classes import settings_class
from deploy.topology import BACKENDS, EDGE, KAFKA, OBJECTS, POSTGRES, SERVICES, VALKEY
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.settings import ServiceSettings
from libs.contracts.registry import EVENTS, TOPICS

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What a service's code says where it uses a backend.
SIGNS: dict[str, set[str]] = {
    POSTGRES.name: {"Database", "psycopg"},
    VALKEY.name: {"redis_url"},
    KAFKA.name: {"Bus"},
    OBJECTS.name: {"object_store_url"},
}
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def words(service: Service) -> set[str]:
    """Names and attributes in the code of a service: its package without the entries of the other programs in it."""
    others = {each.entry.partition(":")[0] for each in SERVICES if each.package == service.package} - {
        service.entry.partition(":")[0]
    }
    found: set[str] = set()
    for path in (ROOT / service.package.replace(".", "/")).rglob("*.py"):
        if ".".join(path.relative_to(ROOT).with_suffix("").parts) in others or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            found |= {node.id} if isinstance(node, ast.Name) else set()
            found |= {node.attr} if isinstance(node, ast.Attribute) else set()
    return found


def test_nothing_is_said_twice() -> None:
    names = [each.name for each in (*SERVICES, EDGE, *BACKENDS)]
    assert len(names) == len(set(names))
    prefixes = [prefix for service in SERVICES for prefix in service.serves]
    assert len(prefixes) == len(topology.prefixes()) == len(set(prefixes))


def test_every_folder_of_a_service_is_in_the_table() -> None:
    folders = {
        f"{home}.{path.parent.name}" for home in ("services", "pipelines") for path in (ROOT / home).glob("*/main.py")
    }
    assert folders | {"gateway"} == {service.package for service in SERVICES}


def test_every_package_is_under_the_import_rules_and_in_the_distribution() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages == set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert packages == set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    (circles,) = (item for item in PROJECT["tool"]["importlinter"]["contracts"] if item["type"] == "acyclic_siblings")
    assert packages == set(circles["ancestors"])


def test_every_topic_has_one_publisher_whose_contracts_lie_in_files_of_its_own() -> None:
    published = [topic for service in SERVICES for topic in service.publishes]
    assert sorted(published) == sorted(TOPICS)
    homes = {name: {kind.__module__ for kind in EVENTS.values() if kind.TOPIC.name == name} for name in TOPICS}
    files = [set().union(*(homes[topic] for topic in service.publishes)) for service in SERVICES if service.publishes]
    assert len(set().union(*files)) == sum(map(len, files))


@every_service
def test_it_consumes_what_the_table_says(service: Service) -> None:
    module = f"{service.package}.consumers"
    if service.name == "lake":
        assert sorted(service.consumes) == sorted(TOPICS)
        return
    if util.find_spec(module) is None or service.shares:
        assert service.consumes == ()
        return
    db, bus = Database("postgresql://nobody@127.0.0.1:1/nowhere"), Bus("127.0.0.1:1", service=service.name)
    made = import_module(module).consumers(db, bus, SystemClock())
    assert sorted({topic for consumer in made for topic in consumer.topics}) == sorted(service.consumes)


@every_service
@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_it_needs_what_its_code_uses(service: Service, backend: Backend) -> None:
    assert (backend in service.needs) == bool(SIGNS[backend.name] & words(service))


@every_service
def test_what_it_is_told_are_settings_it_has(service: Service) -> None:
    fields = {name.upper() for name in settings_class(service.package).model_fields}
    assert {*topology.told(service), *service.contained} <= fields
    assert {backend.setting for backend in BACKENDS} <= {name.upper() for name in ServiceSettings.model_fields}
    urls = {value.of for value in topology.told(service).values() if isinstance(value, Url)}
    assert urls <= {each.name for each in SERVICES if each.port} | {EDGE.name}


@every_service
def test_it_shares_only_what_is_there(service: Service) -> None:
    owners = {each.name for each in SERVICES if topology.owns_database(each)}
    assert topology.database(service) in owners | {None}
    assert (topology.database(service) is None) == (POSTGRES not in service.needs)
