"""What is imported once, before the first fork, so that all programs share it in memory and none waits for it."""

import gc
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator

import libs.chassis
from deploy.deployable import Service

# Alembic is for migrations alone, which end before the first service starts.
MIGRATIONS = ("migrations", "outbox_tables", "consumer_tables")
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
    for module in pkgutil.walk_packages(libs.chassis.__path__, "libs.chassis."):
        if not module.name.endswith(MIGRATIONS):
            yield module.name
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
