"""One URL with its TLS, for every way we connect to PostgreSQL, against a server that speaks nothing else."""

from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from procrastinate import PsycopgConnector
from psycopg import sql
from sqlalchemy import text

from libs.chassis.data import database, migrations, postgres
from libs.chassis.data.database import Database
from tests.secured.certificates import Authority
from tests.secured.servers import PASSWORD, SecuredPostgres

SECURE = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(autouse=True)
def no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "START_SECONDS", 0.0)


@pytest.fixture
async def named(secured_postgres: SecuredPostgres) -> AsyncIterator[Callable[[str], str]]:
    """The URL of a new database with these parameters."""
    admin = f"{secured_postgres.url}?sslmode=require"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE films")
    yield lambda query: secured_postgres.url.removesuffix("postgres") + "films?" + query
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE films WITH (FORCE)")


@pytest.mark.parametrize("strict", [False, True], ids=["require", "verify-full"])
async def test_every_way_to_the_database_is_encrypted(
    named: Callable[[str], str], authority: Authority, *, strict: bool
) -> None:
    url = named(f"sslmode=verify-full&sslrootcert={authority.file}" if strict else "sslmode=require")
    migrations.upgrade("tests.chassis.sample", url)
    db = Database(url)
    await db.start()
    try:
        async with db.transaction() as session:
            assert await session.scalar(text(SECURE)) is True
        async with db.background() as session:
            assert await session.scalar(text(SECURE)) is True
        assert await db.pool.fetchval(SECURE) is True
        alone = await db.direct()
        assert await alone.fetchval(SECURE) is True
        await alone.close()
    finally:
        await db.stop()
    queue = PsycopgConnector(conninfo=postgres.for_libpq(url), min_size=1, max_size=1)
    await queue.open_async()
    try:
        assert await queue.execute_query_one_async(SECURE) == {"ssl": True}
    finally:
        await queue.close_async()


async def test_who_does_not_encrypt_is_turned_away(named: Callable[[str], str]) -> None:
    with pytest.raises(Exception, match="no encryption"):
        await Database(named("sslmode=disable")).start()


async def test_a_server_that_a_stranger_signed_is_not_believed(
    named: Callable[[str], str], stranger: Authority
) -> None:
    url = named(f"sslmode=verify-full&sslrootcert={stranger.file}")
    with pytest.raises(postgres.ServerAway, match="certificate verify failed"):
        await Database(url).start()
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        migrations.upgrade("tests.chassis.sample", url)


async def test_a_certificate_is_a_sign_in(
    named: Callable[[str], str], secured_postgres: SecuredPostgres, authority: Authority
) -> None:
    with psycopg.connect(f"{secured_postgres.url}?sslmode=require", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE certified LOGIN"))
    shown = authority.client("certified")
    url = named(f"sslmode=verify-full&sslrootcert={authority.file}&sslcert={shown.file}&sslkey={shown.key}")
    url = url.replace(f"bijou:{PASSWORD}", "certified")
    db = Database(url)
    await db.start()
    try:
        assert await db.pool.fetchval("SELECT current_user::text") == "certified"
    finally:
        await db.stop()
    with psycopg.connect(postgres.for_libpq(url)) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("certified",)
