"""One service's database, broker and consumers, from its own settings: in its pod, or on this machine while the platform runs."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module, util

import asyncpg

from cli.console import stop
from deploy import topology
from deploy.deployable import Service as Deployed
from deploy.local import status
from deploy.local.data import Data
from deploy.local.environment import Machine, environment
from libs.chassis import settings, telemetry
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.data.postgres import PoolerInTheWay
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer


@dataclass(frozen=True, slots=True)
class Service:
    """What a command has to do with. Its consumers are not started: they apply what they are given."""

    name: str
    db: Database
    bus: Bus
    consumers: list[Consumer]

    def consumer(self, group: str) -> Consumer | None:
        return next((item for item in self.consumers if item.group == group), None)


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Service]:
    """Connect to a service's database; its broker is connected to when a command asks."""
    found = told(name)
    telemetry.configure("bijou", "error", "text")
    db = Database.of(found)
    bus = Bus.of(found, service=name)
    module = f"{_deployed(name).package}.consumers"
    made = import_module(module).consumers(db, bus, SystemClock()) if util.find_spec(module) else []
    try:
        await db.start()
    except (OSError, asyncpg.PostgresError, PoolerInTheWay) as error:
        stop(f"The database of {name} cannot be used: {error}")
    try:
        yield Service(name, db, bus, made)
    finally:
        await db.stop()


def owners() -> list[str]:
    """The services with a database of their own."""
    return [service.name for service in topology.SERVICES if topology.owns_database(service)]


def _deployed(name: str) -> Deployed:
    if name not in owners():
        stop(f"There is no service {name}. There are: {', '.join(owners())}.")
    return next(service for service in topology.SERVICES if service.name == name)


def told(name: str) -> settings.ServiceSettings:
    """Return what a service is told: in its pod, or by the platform on this machine."""
    deployed = _deployed(name)
    if "BIJOU_DATABASE_URL" not in os.environ:
        os.environ.update(_as_told_here(deployed))
    found: settings.ServiceSettings = settings.load(import_module(f"{deployed.package}.settings").Settings)
    return found


def address(name: str) -> str:
    """Return where a service's database is on this machine."""
    return _as_told_here(_deployed(name))["BIJOU_DATABASE_URL"]


def _as_told_here(deployed: Deployed) -> dict[str, str]:
    """What the platform on this machine tells the service."""
    data = Data.from_environment()
    state, secrets = status.read(data), data.secrets_if_any()
    if state is None or secrets is None:
        stop(
            "The platform is not running here, and no BIJOU_DATABASE_URL says where the service's database is."
            " Start it (make up), or run this with the service's own settings."
        )
    ports = json.loads((data.root / "ports.json").read_text())
    return environment(deployed, Machine(data, secrets, ports, str(state["url"])))
