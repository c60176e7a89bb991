"""The service itself, killed in the middle of an import: no part of a file is left, and the next process takes it up."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import httpx

from deploy.local.ports import free_port
from tests.catalog.files import HEADER, MAPPING
from tests.chassis.conftest import eventually
from tests.conftest import AuthHeaders, DatabaseFactory

ROWS = 1500
COPYING = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
AND query LIKE 'COPY "credits"%' AND xact_start IS NOT NULL"""


@contextmanager
def process(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Catalog as it is run, until it is killed."""
    running = subprocess.Popen([sys.executable, "-m", "services.catalog.main"], env={**os.environ, **environment})
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@asynccontextmanager
async def client(port: int, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever edits there, once something answers."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1/admin", headers=headers) as calls:

        async def alive() -> bool:
            try:
                return (await calls.get("/imports")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(alive, seconds=60)
        yield calls


async def test_a_service_that_is_killed_in_an_import_leaves_nothing_and_the_next_one_finishes_it(
    database: DatabaseFactory, object_store: str, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    port, url = free_port(), await database("services.catalog")
    environment = {
        "BIJOU_DATABASE_URL": url, "BIJOU_OBJECT_STORE_URL": object_store, "BIJOU_JWKS_CACHE": jwks_cache,
        "BIJOU_KAFKA_BOOTSTRAP": "127.0.0.1:9", "BIJOU_PORT": str(port), "BIJOU_LOG_LEVEL": "error",
    }  # fmt: skip
    headers = auth_headers(roles=["super_admin"])
    rows = "".join(f"{n},Film,Film {n},Person {n % 7},,,,,\n" for n in range(ROWS))
    connection = await asyncpg.connect(url)
    try:
        with process(environment) as first:
            async with client(port, headers) as calls:
                made = (await calls.post("/imports", json={"file_name": "a", "mapping": MAPPING})).json()
                path = f"/imports/{made['id']}"
                await calls.put(f"{path}/parts/1", content=(HEADER + rows).encode())
                await calls.post(f"{path}/start", json={"parts": 1})
                while not await connection.fetchval(COPYING):
                    assert await connection.fetchval("SELECT status FROM imports") != "done", "it was over too soon"
                first.kill()
        assert await connection.fetchval("SELECT count(*) FROM titles") == 0
        assert await connection.fetchval("SELECT status FROM imports") == "importing"
        with process(environment):
            async with client(port, headers) as calls:

                async def done() -> bool:
                    return bool((await calls.get(path)).json()["status"] == "done")

                await eventually(done, seconds=60)
                assert (await calls.get(path)).json()["titles"] == ROWS
        counts = [await connection.fetchval(f"SELECT count(*) FROM {name}") for name in ("titles", "outbox", "people")]
        assert counts == [ROWS, ROWS, 7]
    finally:
        await connection.close()
