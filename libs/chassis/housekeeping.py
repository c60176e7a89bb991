"""Deletes the rows of every table that have had their time.

A model says it in `__lifetime__`: a `Lifetime`, or `Forever` with what bounds the table instead. A test of each service walks
its tables, so that none grows without somebody having thought of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asyncpg import PostgresError
from sqlalchemy.orm import DeclarativeBase

from libs.chassis import telemetry
from libs.chassis.clock import Clock, SystemClock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.data.lifetimes import Chore, Forever, Lifetime, Rule
from libs.chassis.messaging import relay_lease

log = telemetry.logger(__name__)

BATCH = 1000
# Every statement here must find its rows by an index, however empty a table once was when its plan was made. A batch that
# meets a lock or takes long gives up: the next round comes soon enough.
SETTINGS = """
SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
SET lock_timeout = '2s'; SET statement_timeout = '20s';
SET idle_in_transaction_session_timeout = '10s'
"""
ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('bijou.housekeeping'))"


# What an answer to a repeated request is worth after a day is nothing. The inbox must remember longer than any event can come
# again: the outbox repeats for three days, a topic keeps seven.
CHASSIS: Mapping[str, Rule] = {
    "outbox": Chore(timedelta(days=3), relay_lease.purge),
    "outbox_latest": Forever("one row for each key of the compacted topics"),
    "outbox_relay": Forever("one row"),
    "inbox": Lifetime("received_at", timedelta(days=8)),
    "dead_letters": Lifetime("created_at", timedelta(days=90)),
    # As long as what staff did to accounts.
    "dead_letter_acts": Lifetime("at", timedelta(days=730)),
    # Longer than any topic but the compacted ones keeps a record.
    "forgotten": Lifetime("at", timedelta(days=35)),
    "idempotency_keys": Lifetime("created_at", timedelta(days=1)),
    "projections": Forever("one row for each consumer"),
    "alembic_version": Forever("one row"),
}


class NoLifetime(TypeError):
    """A model does not say how long its rows stay: give it a `__lifetime__`."""


def rules(base: type[DeclarativeBase], more: Mapping[str, Rule] | None = None) -> dict[str, Rule]:
    """Return the rule of each table of a service, those that others refer to last. `more` is for tables without a model."""
    found: dict[str, Rule] = {**CHASSIS, **(more or {})}
    stated = {mapper.local_table: getattr(mapper.class_, "__lifetime__", None) for mapper in base.registry.mappers}
    for table in reversed(base.metadata.sorted_tables):
        rule = stated.get(table)
        if rule is None:
            raise NoLifetime(f"{table.name} has no __lifetime__")
        found[table.name] = rule
    return found


class Housekeeping(Loop):
    """A component: deletes what has had its time, in small batches on a connection of its own, one replica at a time."""

    name = "housekeeping"
    every = 600.0
    first = 60.0
    jitter = 0.5
    slowest = 300.0

    def __init__(
        self,
        db: Database,
        base: type[DeclarativeBase],
        more: Mapping[str, Rule] | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self._db = db
        self._rules = rules(base, more)
        self._clock = clock or SystemClock()

    async def work(self) -> None:
        if gone := await self.tidy():
            log.info("tidied", **gone)

    async def tidy(self) -> dict[str, int]:
        """Delete everything whose time is up; return how many rows of which table. Nothing where another replica is at it.

        A table that cannot be tidied now keeps no other from it; its error is raised at the end.
        """
        connection = await self._db.direct()
        try:
            await connection.execute(SETTINGS)
            gone: dict[str, int] = {}
            failure: PostgresError | None = None
            for table, rule in self._rules.items():
                if isinstance(rule, Forever):
                    continue
                try:
                    if not await self._tidy(connection, table, rule, gone):
                        break
                except PostgresError as error:
                    log.warning("not_tidied", table=table, reason=str(error))
                    failure = failure or error
            if failure is not None:
                raise failure
            return gone
        finally:
            connection.terminate()

    async def _tidy(self, connection: Any, table: str, rule: Lifetime | Chore, gone: dict[str, int]) -> bool:
        """Delete from one table in batches; False where another replica is at it."""
        while True:
            async with connection.transaction():
                if not await connection.fetchval(ALONE):
                    return False
                done = await self._batch(connection, table, rule)
            if done:
                gone[table] = gone.get(table, 0) + done
                telemetry.TIDIED.labels(table).inc(done)
            if done < BATCH:
                return True

    async def _batch(self, connection: Any, table: str, rule: Lifetime | Chore) -> int:
        before = self._clock.now() - rule.keep
        if isinstance(rule, Chore):
            return await rule.work(connection, before, BATCH)
        return int((await connection.execute(rule.query(table), before, BATCH)).split()[-1])
