"""Every table of every service has a stated lifetime, and keeps to it through simulated weeks and months."""

import importlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from deploy.topology import SERVICES, owns_database
from libs.chassis import housekeeping
from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database, new_metadata
from libs.chassis.data.lifetimes import Chore, Forever, Lifetime, Rule
from libs.chassis.housekeeping import Housekeeping, NoLifetime, rules
from libs.contracts.catalog import TitleChanged
from pipelines.transcode.repository import jobs
from tests.conftest import DatabaseFactory

PACKAGES = [service.package for service in SERVICES if owns_database(service)]
START = datetime(2026, 11, 1, tzinfo=UTC)
A_DAY = 40
# What a row must say of itself for its lifetime to end at all.
ENDING = {"charge_attempts": {"state": "'declined'"}}


@dataclass
class Service:
    """A service's database, emptied of everything that keeps a made-up row out, and what its models say."""

    db: Database
    base: type[DeclarativeBase]
    more: Mapping[str, Rule]
    connection: asyncpg.Connection

    @property
    def rules(self) -> dict[str, Rule]:
        return rules(self.base, self.more)

    async def count(self, table: str) -> int:
        return int(await self.connection.fetchval(f"SELECT count(*) FROM {table}"))

    async def write(self, table: str, at: datetime, first: int, rows: int) -> None:
        """Made-up rows, every time in them `at`."""
        columns = await self.connection.fetch(
            "SELECT column_name AS name, data_type AS type, column_name = ANY($2::text[]) OR is_nullable = 'NO' AS needed"
            " FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'"
            " AND is_identity = 'NO' AND is_generated = 'NEVER'",
            table,
            list(ENDING.get(table, ())),
        )
        values = {
            column["name"]: ENDING.get(table, {}).get(column["name"]) or VALUES[column["type"]]
            for column in columns
            if column["needed"] or column["type"].startswith("timestamp")
        }
        await self.connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM generate_series({first}, {first + rows - 1}) n, (SELECT $1::timestamptz AS at) t",
            at,
        )


VALUES = {
    "uuid": "uuidv7()", "text": "'x' || n", "character varying": "'x' || n", "integer": "n", "bigint": "n",
    "smallint": "1", "boolean": "false", "double precision": "n", "jsonb": "'{}'", "bytea": "int8send(n)", "date": "at",
    "ARRAY": "'{}'", "timestamp with time zone": "at",
}  # fmt: skip


@pytest.fixture(params=PACKAGES)
async def service(request: pytest.FixtureRequest, database: DatabaseFactory) -> AsyncIterator[Service]:
    url = await database(request.param)
    connection = await asyncpg.connect(url)
    for row in await connection.fetch(
        "SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name FROM pg_constraint"
        " WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace"
    ):
        await connection.execute(f"ALTER TABLE {row['of']} DROP CONSTRAINT {row['name']}")
    base: type[DeclarativeBase] = importlib.import_module(f"{request.param}.models").Base
    more = jobs.TABLES if request.param == "pipelines.transcode" else {}
    yield Service(Database(url), base, more, connection)
    await connection.close()


def mortal(service: Service) -> dict[str, Lifetime]:
    return {table: rule for table, rule in service.rules.items() if isinstance(rule, Lifetime)}


async def test_every_table_says_how_long_its_rows_stay(service: Service) -> None:
    tables = {
        row[0] for row in await service.connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }
    assert tables == set(service.rules)
    for table, rule in service.rules.items():
        assert not isinstance(rule, Forever) or len(rule.why) >= 5, table


async def test_what_is_due_is_found_by_an_index(service: Service) -> None:
    await service.connection.execute(housekeeping.SETTINGS)
    for table, rule in mortal(service).items():
        lines = await service.connection.fetch(f"EXPLAIN {rule.query(table)}", START, 1000)
        plan = "\n".join(line[0] for line in lines)
        assert "Seq Scan" not in plan and "Sort" not in plan, f"{table} needs an index on {rule.column}:\n{plan}"


async def test_a_simulated_time_leaves_every_table_at_its_size(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 15)  # several batches a day
    clock = FrozenClock(START)
    keeping = Housekeeping(service.db, service.base, service.more, clock)
    step = timedelta(days=1)
    for table, rule in mortal(service).items():
        days = max(1, rule.keep // step)
        every = max(1, days // 7)  # a step of the simulation, in days
        for nth in range(12):
            await service.write(table, clock.now(), 1 + nth * A_DAY, A_DAY)
            await keeping.tidy()
            kept = min(nth + 1, days // every + 1)
            assert await service.count(table) == kept * A_DAY, (table, nth)
            clock.advance(every * 86_400)
    clock.advance(1000 * 86_400)
    await keeping.tidy()
    assert {table: await service.count(table) for table in mortal(service)} == dict.fromkeys(mortal(service), 0)


async def test_the_outbox_keeps_three_days_and_the_newest_of_each_key(database: DatabaseFactory) -> None:
    db = Database(await database("services.catalog"))
    connection = await asyncpg.connect(db.url)
    await connection.execute("UPDATE outbox_relay SET expires_at = 'infinity', upto = 1000000")
    clock = FrozenClock(START)
    base = importlib.import_module("services.catalog.models").Base
    keeping = Housekeeping(db, base, clock=clock)
    for day in range(10):
        for topic, kind in (("catalog.titles", TitleChanged.TYPE), ("watch.progress", "anything")):
            await connection.execute(
                "INSERT INTO outbox (event_id, topic, key, type, payload, created_at)"
                " SELECT uuidv7(), $1, n % 10, $2, jsonb_build_object('day', $3::int), $4"
                " FROM generate_series(1, 600) n",
                topic, kind, day, clock.now(),
            )  # fmt: skip
        await keeping.tidy()
        clock.advance(86_400)
        assert await connection.fetchval("SELECT count(*) FROM outbox") == min(day + 1, 4) * 1200
        latest = await connection.fetch("SELECT topic, payload->>'day' AS day FROM outbox_latest")
        assert len(latest) == (10 if day >= 4 else 0)
        assert {(row["topic"], row["day"]) for row in latest} <= {("catalog.titles", str(day - 4))}
    await connection.close()


async def test_jobs_that_ended_go_with_their_events_and_others_stay(database: DatabaseFactory) -> None:
    connection = await asyncpg.connect(await database("pipelines.transcode"))
    for status, age in (("succeeded", 40), ("failed", 40), ("succeeded", 10), ("todo", 40), ("doing", 40)):
        job = await connection.fetchval(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('q', 't') RETURNING id"
        )
        for step in () if status == "todo" else ("doing", status):
            await connection.execute(
                "UPDATE procrastinate_jobs SET status = $2::text::procrastinate_job_status WHERE id = $1", job, step
            )
        await connection.execute("UPDATE procrastinate_events SET at = now() - $2 * interval '1 day' WHERE job_id = $1",
                                 job, age)  # fmt: skip
    before = datetime.now(UTC) - timedelta(days=30)
    assert await jobs.forget(connection, before, 1) == 1
    assert await jobs.forget(connection, before, 100) == 1
    left = await connection.fetch("SELECT status::text FROM procrastinate_jobs ORDER BY id")
    assert [row["status"] for row in left] == ["succeeded", "todo", "doing"]
    gone = "SELECT count(*) FROM procrastinate_events WHERE job_id NOT IN (SELECT id FROM procrastinate_jobs)"
    assert await connection.fetchval(gone) == 0
    await connection.close()


async def test_one_replica_at_a_time(database: DatabaseFactory) -> None:
    db = Database(await database("services.catalog"))
    connection = await asyncpg.connect(db.url)
    await connection.execute("INSERT INTO inbox VALUES ('c', uuidv7(), now() - interval '9 days')")
    keeping = Housekeeping(db, importlib.import_module("services.catalog.models").Base)
    async with connection.transaction():
        assert await connection.fetchval(housekeeping.ALONE)
        assert await keeping.tidy() == {}
    assert await keeping.tidy() == {"inbox": 1}
    await connection.close()


async def test_a_table_in_trouble_keeps_no_other_from_being_tidied(database: DatabaseFactory) -> None:
    async def broken(connection: Any, _before: datetime, _limit: int) -> int:
        return int(await connection.fetchval("SELECT 1 / 0"))

    db = Database(await database("services.catalog"))
    connection = await asyncpg.connect(db.url)
    await connection.execute(
        "INSERT INTO audit (id, title_id, at, actor, action, after)"
        " VALUES (uuidv7(), uuidv7(), now() - interval '3 years', NULL, 'create', '{}')"
    )
    base = importlib.import_module("services.catalog.models").Base
    keeping = Housekeeping(db, base, {"outbox": Chore(timedelta(days=1), broken)})
    with pytest.raises(asyncpg.DivisionByZeroError):
        await keeping.tidy()
    assert await connection.fetchval("SELECT count(*) FROM audit") == 0
    await connection.close()


def test_a_model_without_a_lifetime_is_refused() -> None:
    class Base(DeclarativeBase):
        metadata = new_metadata()

    class Thing(Base):
        __tablename__ = "things"
        id: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(NoLifetime, match="things"):
        rules(Base)
    assert isinstance(Thing.__tablename__, str)


def test_children_go_before_their_parents() -> None:
    base: Any = importlib.import_module("services.identity.models").Base
    order = list(rules(base))
    assert order.index("refresh_tokens") < order.index("sessions") < order.index("accounts")
