"""PostgreSQL: SQLAlchemy sessions for use cases and an asyncpg pool for the hot paths, both on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from libs.chassis import telemetry

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
# How long work waits for a connection.
POOL_SECONDS = 5.0


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


class Database:
    """A part. `transaction()` for use cases; `pool` (asyncpg) for statements written by hand."""

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
    ) -> None:
        """`settings` are the server's own, for every connection."""
        self.url = url
        self._hot_size = hot_pool_size
        settings = {
            "statement_timeout": str(statement_timeout_ms), "application_name": "bijou", **(settings or {})
        }  # fmt: skip
        self._server_settings = settings
        self.engine = self._engine(pool_size, pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._background_engine = self._engine(*BACKGROUND)
        self._background_sessions = async_sessionmaker(self._background_engine, expire_on_commit=False)
        self._pool: asyncpg.Pool | None = None
        # Set after a commit that wrote events, so that a relay in this process need not wait for its next look.
        self.outbox_written = asyncio.Event()

    def _engine(self, kept: int, more: int) -> AsyncEngine:
        return create_async_engine(
            self.url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=kept,
            max_overflow=more,
            pool_timeout=POOL_SECONDS,
            # A connection that died with the server must not cost a request: it is tried before it is handed out.
            pool_pre_ping=True,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": self._server_settings, "timeout": 5},
        )

    async def start(self) -> None:
        """Open the asyncpg pool, waiting up to 30 s for the server."""
        for attempt in range(60):
            try:
                self._pool = await asyncpg.create_pool(
                    self.url, min_size=1, max_size=self._hot_size, init=_prepare, reset=_keep, timeout=5,
                    server_settings=self._server_settings,
                )  # fmt: skip
                return
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                if attempt == 59:
                    raise
                log.warning("database_not_reachable", error=str(error))
                await asyncio.sleep(0.5)

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
            if session.info.get("outbox"):
                self.outbox_written.set()


def is_transient(error: BaseException) -> bool:
    """Tell whether the same work may succeed later: the server is gone, a lock timed out, a transaction lost a race."""
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None) or error.orig
        return error.connection_invalidated or (cause is not None and is_transient(cause))
    if isinstance(error, ValueError):
        return False  # asyncpg files mistakes in arguments (DataError) under InterfaceError
    return isinstance(
        error,
        (
            OSError,
            TimeoutError,
            PoolTimeout,
            asyncpg.PostgresConnectionError,
            asyncpg.InterfaceError,
            asyncpg.CannotConnectNowError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            asyncpg.SerializationError,
            asyncpg.DeadlockDetectedError,
            asyncpg.LockNotAvailableError,
            asyncpg.QueryCanceledError,
            asyncpg.InsufficientResourcesError,  # connections, memory, disk
            asyncpg.ReadOnlySQLTransactionError,  # a server that has just become somebody's replica
        ),
    )
