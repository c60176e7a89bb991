"""What is wrong with a table of the platform: one line for each mistake, which names the entry and says what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from importlib.util import find_spec

from deploy import topology
from deploy.deployable import Edge, Queue, Service, Url
from libs.contracts.registry import TOPICS

# It names a database, a role, a log, a process and an object of Kubernetes.
NAME = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
PREFIX = re.compile(r"/\.?[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)*")
SETTING = re.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


class WrongTable(Exception):
    """The table of the platform says what cannot be."""


def refuse() -> None:
    """Raises WrongTable, with every mistake of deploy/topology.py on a line of its own."""
    if found := mistakes(topology.SERVICES):
        raise WrongTable("deploy/topology.py says what cannot be:\n  " + "\n  ".join(found))


def mistakes(services: Sequence[Service], edge: Edge = topology.EDGE, declared: Set[str] = TOPICS.keys()) -> list[str]:
    """Return what is wrong; `declared` are the topics that libs/contracts knows."""
    settings = {backend.setting for backend in topology.BACKENDS} | {"HOST", "PORT", "ENVIRONMENT"}
    return [
        *_names([*services, edge]),
        *_ports([*services, edge]),
        *_prefixes(services),
        *_topics(services, declared),
        *_databases(services),
        *_told([*services, edge], settings),
        *_modules(services),
    ]


def _names(entries: Sequence[Service | Edge]) -> Iterator[str]:
    for each in entries:
        if not NAME.fullmatch(each.name):
            yield f"{each.name!r} is no name: small letters and digits are, with single dashes between them"
    yield from _twice((each.name, "an entry") for each in entries)


def _ports(entries: Sequence[Service | Edge]) -> Iterator[str]:
    for each in entries:
        if each.port is not None and not 1024 <= each.port <= 49151:
            yield f"{each.name} listens on port {each.port}: ports from 1024 to 49151 are for services"
    yield from _twice((f"port {each.port}", each.name) for each in entries if each.port)


def _prefixes(services: Sequence[Service]) -> Iterator[str]:
    for service in services:
        if service.serves and service.port is None:
            yield f"{service.name} serves {service.serves[0]} and has no port"
        for prefix in service.serves:
            if not PREFIX.fullmatch(prefix):
                yield f"{service.name} serves {prefix!r}: a prefix is like /titles, in small letters, without a slash at its end"
            if (prefix + "/").startswith("/api/"):
                yield f"{service.name} serves {prefix}: prefixes lie below /api/v1 without saying so"
    yield from _twice((f"prefix {prefix}", service.name) for service in services for prefix in service.serves)


def _topics(services: Sequence[Service], declared: Set[str]) -> Iterator[str]:
    published = {topic for service in services for topic in service.publishes}
    for service in services:
        if (service.publishes or service.consumes) and topology.KAFKA not in service.needs:
            yield f"{service.name} has topics and does not need {topology.KAFKA.name}"
        for topic in service.publishes:
            if topic not in declared:
                yield f"{service.name} publishes {topic}, which no file of libs/contracts declares"
        for topic in service.consumes:
            if topic not in published:
                yield f"{service.name} consumes {topic}, which nobody publishes"
    for topic in sorted(declared - published):
        yield f"{topic} is declared in libs/contracts, and nobody publishes it"
    yield from _twice((f"topic {topic}", f"{s.name}, which publishes it") for s in services for topic in s.publishes)


def _databases(services: Sequence[Service]) -> Iterator[str]:
    owners = {each.name for each in services if topology.owns_database(each)}
    for service in services:
        if service.shares and (service.shares not in owners or topology.POSTGRES not in service.needs):
            yield f"{service.name} shares the database of {service.shares}: both must need one, and that one its own"
        if isinstance(service.scale, Queue) and service.scale.of not in owners:
            yield f"{service.name} scales by the jobs of {service.scale.of}, which has no database of its own"


def _told(entries: Sequence[Service | Edge], settings: Set[str]) -> Iterator[str]:
    answering = {each.name for each in entries if each.port}
    for each in entries:
        for name, value in each.told.items():
            if not SETTING.fullmatch(name) or name.startswith("BIJOU_"):
                yield f"{each.name} is told {name}: a setting is in capitals, without its BIJOU_"
            if name in settings:
                yield f"{each.name} is told {name}, which follows from its port and from what it needs"
            if isinstance(value, Url) and value.of not in answering:
                yield f"{each.name} is told the address of {value.of}, which answers nowhere"


def _modules(services: Sequence[Service]) -> Iterator[str]:
    for service in services:
        module = service.entry.partition(":")[0]
        if not _is_there(module):
            yield f"{service.name} runs {module}, which is not there"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _twice(said: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Whatever more than one has, with who has it."""
    who: dict[str, list[str]] = {}
    for what, whose in said:
        who.setdefault(what, []).append(whose)
    for what, all_of_them in who.items():
        if len(all_of_them) > 1:
            yield f"{what} is there {len(all_of_them)} times: {', '.join(dict.fromkeys(all_of_them))}"
