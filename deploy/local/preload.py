"""What is imported once, before the first fork, so that all programs share it in memory and none waits for it."""

import gc
import importlib
import sys
from collections.abc import Iterable, Iterator

from deploy.deployable import Service

CHASSIS = (
    "app", "auth", "consumers", "database", "housekeeping", "id_lists", "idempotency", "ids", "limits", "messaging", "networks",
    "objects", "outbox", "pages", "tokens", "upserts",
)  # fmt: skip
LIBRARIES = (
    "h11",
    "httptools",
    "pydantic.v1",  # FastAPI asks it about every model that it is given
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)


def modules(services: Iterable[Service]) -> Iterator[str]:
    """The chassis and its libraries, every contract, and what the services name as theirs; no service's own code."""
    yield from LIBRARIES
    yield from (f"libs.chassis.{name}" for name in CHASSIS)
    yield "libs.contracts.registry"
    for service in services:
        yield from service.libraries


def preload(services: Iterable[Service]) -> None:
    """Import it, and put it where the garbage collector does not touch (and so copy) its pages."""
    # Containers often turn this off; here every start would pay for compiling everything again.
    sys.dont_write_bytecode = False
    gc.disable()
    for name in modules(services):
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
