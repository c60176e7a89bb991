"""PostgreSQL: SQLAlchemy sessions for use cases and an asyncpg pool for the hot paths, both on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self

import asyncpg
import asyncpg.pool
import orjson
import sqlalchemy.exc
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import StaticPool

from libs.chassis import telemetry
from libs.chassis.data import postgres
from libs.chassis.settings import ServiceSettings

log = telemetry.logger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Connections of a service's consumers, kept open and more when needed: few, for each of them takes one batch at a time.
BACKGROUND = (1, 2)
# How long work waits for a connection; a request is then answered with 503.
POOL_SECONDS = 5.0
# The server ends a statement that takes too long; we give up on a server that does not even do that.
GRACE_SECONDS = 1.0
START_SECONDS = 30.0


def new_metadata() -> MetaData:
    """Return metadata whose constraints have predictable names; one per service."""
    return MetaData(naming_convention=NAMING)


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_dumps, decoder=orjson.loads)


async def _keep(_connection: asyncpg.Connection) -> None:
    """Between two uses of a connection: an open transaction is rolled back by asyncpg; nothing else is ever set on one.

    The default would ask the server to reset everything, which doubles the round trips of a one-statement use.
    """


class Pool(asyncpg.pool.Pool):
    """asyncpg's pool, whose every wait has an end: for a connection, and for a broken one to be cleared away."""

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=POOL_SECONDS if timeout is None else timeout)


class Database:
    """A component. `transaction()` for use cases; `pool` (asyncpg) for statements written by hand.

    Every wait is bounded: for a connection, for a statement, for a server that has gone. What then comes is transient in the
    sense of `is_transient`, and a service answers it with 503.
    """

    name = "database"
    required = True

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 5,
        hot_pool_size: int = 5,
        statement_timeout_ms: int = 10_000,
        settings: Mapping[str, str] | None = None,
        pooled: bool = False,
        direct_url: str = "",
    ) -> None:
        """`settings` are the server's own, for every connection.

        `pooled`: the URL leads through a transaction pooler. Then nothing is kept on a connection between two transactions:
        no prepared statement and no setting, which the role must have instead. `direct_url` is the server itself.
        """
        self.url = url
        self.pooled = pooled
        self._direct_url = direct_url or ("" if pooled else url)
        self._hot_size = hot_pool_size
        self._wanted = {"statement_timeout": str(statement_timeout_ms), **(settings or {})}
        self.statement_timeout_ms = statement_timeout_ms
        self._command_timeout = statement_timeout_ms / 1000 + GRACE_SECONDS
        self.engine = self._engine(pool_size, pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._background_engine = self._engine(*BACKGROUND)
        self._background_sessions = async_sessionmaker(self._background_engine, expire_on_commit=False)
        self._pool: Pool | None = None
        # Set after a commit that wrote events, so that a relay in this process need not wait for its next look.
        self.outbox_written = asyncio.Event()
        # Transactions committed by this process, for whoever keeps what was read before.
        self.commits = 0

    @classmethod
    def of(cls, told: ServiceSettings, /, **options: Any) -> Self:
        """Return the database that a service's settings name."""
        return cls(told.database_url, pooled=told.database_pooled, direct_url=told.database_direct_url, **options)

    def _engine(self, kept: int, more: int) -> AsyncEngine:
        # Without a name a statement is gone with its transaction, so another client's cannot be met behind a pooler.
        nameless = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str} if self.pooled else {}
        return create_async_engine(
            "postgresql+asyncpg://",
            pool_size=kept,
            max_overflow=more,
            pool_timeout=POOL_SECONDS,
            # A connection that died with the server must not cost a request: it is tried before it is handed out.
            pool_pre_ping=True,
            # What people wrote must not stand in logs and dead letters because a statement failed.
            hide_parameters=True,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={"async_creator_fn": self._connect, **nameless},
        )

    async def _connect(self, *_: Any, **options: Any) -> asyncpg.Connection:
        if self.pooled:
            options["statement_cache_size"] = 0
        settings = {} if self.pooled else {**postgres.WATCHED, **self._wanted}
        return await postgres.connect(
            self.url,
            server_settings={"application_name": "bijou", **settings},
            command_timeout=self._command_timeout,
            **options,
        )

    async def direct(self) -> asyncpg.Connection:
        """Return a connection of its own to the server itself, for what lives as long as a session; close it yourself."""
        if not self._direct_url:
            raise postgres.PoolerInTheWay(postgres.PoolerInTheWay.__doc__)
        connection = await postgres.connect(
            self._direct_url,
            server_settings={"application_name": "bijou", **postgres.WATCHED},
            command_timeout=30,
        )
        if await postgres.through_a_pooler(connection):
            connection.terminate()
            raise postgres.PoolerInTheWay(postgres.PoolerInTheWay.__doc__)
        return connection

    async def start(self) -> None:
        """Open the asyncpg pool, waiting up to 30 s for the server."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while True:
            pool = self._new_pool()
            try:
                await pool
                break
            except (OSError, asyncpg.PostgresError) as error:
                pool.terminate()
                if loop.time() > deadline:
                    raise
                log.warning("database_not_reachable", error=str(error))
                await asyncio.sleep(0.5)
        self._pool = pool
        await self._look_for_a_pooler()

    def _new_pool(self) -> Pool:
        return Pool(
            min_size=1,
            max_size=self._hot_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            connect=self._connect,
            init=_prepare,
            reset=_keep,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
        )

    async def _look_for_a_pooler(self) -> None:
        """Refuse to start where a pooler would break us later, and say what it does not pass on."""
        async with self.pool.acquire() as connection:
            if not self.pooled and await postgres.through_a_pooler(connection):
                raise postgres.PoolerInTheWay(postgres.PoolerInTheWay.__doc__)
            for name, value in self._wanted.items() if self.pooled else ():
                async with connection.transaction():
                    found = await connection.fetchval("SELECT current_setting($1)", name)
                    wanted = await connection.fetchval("SELECT set_config($1, $2, true)", name, value)
                if found != wanted:
                    log.warning("setting_missing_behind_pooler", way_out=f"ALTER ROLE … SET {name} = '{value}'")

    async def stop(self) -> None:
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 3)
            except TimeoutError:
                self._pool.terminate()
        await self.engine.dispose()
        await self._background_engine.dispose()

    async def check(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    @property
    def pool(self) -> asyncpg.Pool:
        """The asyncpg pool; JSON columns arrive decoded."""
        if self._pool is None:
            raise RuntimeError("the database has not been started")
        return self._pool

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One unit of work: committed when the block ends, rolled back when it raises."""
        return self._unit(self._sessions)

    def background(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The same on connections of its own, for work that no caller waits for: neither ever waits for the other's."""
        return self._unit(self._background_sessions)

    @asynccontextmanager
    async def _unit(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        async with sessions() as session:
            async with session.begin():
                yield session
            self.commits += 1
            if session.info.get("outbox"):
                self.outbox_written.set()


@asynccontextmanager
async def session_on(connection: asyncpg.Connection) -> AsyncIterator[AsyncSession]:
    """A session inside the transaction that a connection of its own has open: what raises in it is undone alone."""

    async def given(*_: Any, **__: Any) -> asyncpg.Connection:
        return connection

    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=StaticPool,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"async_creator_fn": given},
    )
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        yield session


def is_transient(error: BaseException) -> bool:
    """Tell whether the same work may succeed later: the server is gone or busy, a lock timed out, a transaction lost a race."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        cause = getattr(error.orig, "__cause__", None) or error.orig
        return error.connection_invalidated or (cause is not None and is_transient(cause))
    if isinstance(error, ValueError):
        return False  # asyncpg files mistakes in arguments (DataError) under InterfaceError
    return isinstance(error, TRANSIENT)


TRANSIENT = (
    ConnectionError,
    TimeoutError,
    sqlalchemy.exc.TimeoutError,  # every connection of the engine's pool was in use
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.ReadOnlySQLTransactionError,  # a server that has just become somebody's replica
)
