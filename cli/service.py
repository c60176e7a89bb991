"""One service's database, broker and consumers, from its own settings: in its pod, or on this machine while the platform runs."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module, util
from typing import NoReturn

import typer
from rich.console import Console

from deploy.local import platform, status
from deploy.local.data import Data
from libs.chassis import settings, telemetry
from libs.chassis.clock import SystemClock
from libs.chassis.consumers import Consumer
from libs.chassis.database import Database
from libs.chassis.messaging import Bus

console = Console()


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
    told = _settings(name)
    telemetry.configure("bijou", "error", "text")
    db = Database.of(told)
    bus = Bus.of(told, service=name)
    made = import_module(f"services.{name}.consumers").consumers(db, bus, SystemClock())
    await db.start()
    try:
        yield Service(name, db, bus, made)
    finally:
        await db.stop()


def _settings(name: str) -> settings.ServiceSettings:
    if util.find_spec("services") is None or util.find_spec(f"services.{name}") is None:
        names = [part.name for part in platform.PARTS if (part.package or "").startswith("services.")]
        stop(f"There is no service {name}. There are: {', '.join(names)}.")
    if "BIJOU_DATABASE_URL" not in os.environ:
        os.environ.update(_as_told_here(name))
    found: settings.ServiceSettings = settings.load(import_module(f"services.{name}.settings").Settings)
    return found


def _as_told_here(name: str) -> dict[str, str]:
    """What the platform on this machine tells the service."""
    data = Data.from_environment()
    state, secrets = status.read(data), data.secrets_if_any()
    if state is None or secrets is None:
        stop(
            "The platform is not running here, and no BIJOU_DATABASE_URL says where the service's database is."
            " Start it (make up), or run this with the service's own settings."
        )
    ports = json.loads((data.root / "ports.json").read_text())
    part = next(part for part in platform.PARTS if part.name == name)
    return platform.environment(part, platform.Surroundings(data, secrets, ports, str(state["url"])))


def stop(reason: str) -> NoReturn:
    """End the command, saying why."""
    console.print(reason, highlight=False)
    raise typer.Exit(1)
