"""Where everything of a platform is, as its services are told it: on this machine, or in containers by files of secrets.

In containers `BIJOU_PLATFORM_SECRETS` names a folder with a folder of files for each part, as `deploy.secrets` writes it and as a
Job of Kubernetes can mount it; what is the same for all (BIJOU_KAFKA_BOOTSTRAP, BIJOU_OBJECT_STORE_URL) is in the environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

from deploy import containers, topology
from deploy.deployable import Service
from deploy.local.data import Data
from deploy.local.environment import SERVER_PORTS, Machine, environment, write_secrets
from deploy.local.settings_classes import settings_class
from libs.chassis.object_store import ObjectStore, open_store
from libs.chassis.settings import SECRETS_DIR, ServiceSettings, read

SECRETS = "BIJOU_PLATFORM_SECRETS"


class NoPlatform(Exception):
    """There is no platform here, and no BIJOU_PLATFORM_SECRETS says where one's secrets are. Start one (make up), or set it."""


@dataclass(frozen=True)
class Platform:
    """What every service is told, by name: all of its BIJOU_ variables, and where its bucket's key is.

    `data` is the data directory where it runs on this machine; `secrets` the folder of secrets where it runs in containers.
    """

    told: Mapping[str, Mapping[str, str]]
    data: Data | None = None
    secrets: Path | None = None

    def settings(self, name: str) -> ServiceSettings:
        """Return a service's settings, read as it reads them. Raises WrongSettings."""
        with self.as_told(name):
            return read(settings_class(_named(name).package))

    def databases(self) -> dict[str, str]:
        """Return the address of each database's server itself, by the service that owns it. Raises WrongSettings."""
        owners = [service.name for service in topology.SERVICES if topology.owns_database(service)]
        return {name: self.settings(name).direct_url for name in owners}

    def store(self) -> ObjectStore:
        """Open the object store as the one that writes most of it does: its settings are transcode's."""
        name = "transcode"
        url = self.settings(name).object_store_url
        private = import_module("pipelines.transcode.service.masters").PRIVATE
        with self.as_told(name):
            return open_store(url, private)

    @contextmanager
    def as_told(self, name: str) -> Iterator[None]:
        """Have this process's environment be that of a service for a while. Not for threads beside one another."""
        kept = dict(os.environ)
        for each in [each for each in os.environ if each.startswith("BIJOU_")]:
            del os.environ[each]
        os.environ.update(self.told[name])
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)


def in_environment() -> bool:
    """Whether the environment names a platform in containers."""
    return bool(os.environ.get(SECRETS))


def find() -> Platform:
    """Return the platform that the environment names, else that of this machine. Raises NoPlatform, Damaged."""
    folder = os.environ.get(SECRETS)
    if folder:
        return in_containers(Path(folder))
    data = Data.from_environment()
    if data.secrets_if_any() is None:
        raise NoPlatform(NoPlatform.__doc__)
    return on_this_machine(data)


def on_this_machine(data: Data) -> Platform:
    """Return the platform of a data directory, whether it runs or not."""
    secrets = data.secrets([service.name for service in topology.SERVICES if topology.owns_database(service)])
    usual = SERVER_PORTS | {service.name: service.port for service in topology.SERVICES if service.port}
    ports = {**usual, **data.known_ports()}
    machine = Machine(data, secrets, ports, f"http://127.0.0.1:{ports['public']}")
    write_secrets(machine)
    around = _ours(os.environ)
    told = {service.name: {**around, **environment(service, machine)} for service in topology.SERVICES}
    return Platform(told, data=data)


def in_containers(folder: Path) -> Platform:
    """Return the platform of containers whose secrets are in a folder."""
    around = _ours(os.environ)
    public = around.get("BIJOU_PUBLIC_URL", "http://127.0.0.1:8080")
    return Platform({each.name: _contained(each, folder, public, around) for each in topology.SERVICES}, secrets=folder)


def _contained(each: Service, folder: Path, public: str, around: Mapping[str, str]) -> dict[str, str]:
    mine = folder / each.name
    inside = f"{containers.SECRETS}/"
    variables = containers.told(each, public).variables
    here = {name: value.replace(inside, f"{mine}/") for name, value in variables.items()}
    return {**around, **here, SECRETS_DIR: str(mine)}


def _ours(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("BIJOU_") and name != SECRETS}


def _named(name: str) -> Service:
    return next(service for service in topology.SERVICES if service.name == name)


def admin_url(data: Data) -> str:
    """Return the address of this machine's PostgreSQL as its administrator."""
    password = json.loads((data.root / "secrets.json").read_text())["postgres"]
    port = {**SERVER_PORTS, **data.known_ports()}["postgres"]
    return f"postgresql://bijou:{quote(password, safe='')}@127.0.0.1:{port}/postgres"
