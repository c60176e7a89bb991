"""All SQL of the lake: people's keys, and the runs of jobs. Synchronous, as everything is that works on the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import psycopg

from libs.chassis.data.postgres import for_libpq

MAKE = """
INSERT INTO subjects (subject, account, key)
SELECT s, a, CASE WHEN NOT EXISTS (SELECT FROM subjects WHERE subject = a AND erased_at IS NOT NULL) THEN k END
FROM unnest(%s::bytea[], %s::bytea[], %s::bytea[]) AS t (s, a, k)
ON CONFLICT (subject) DO UPDATE SET account = excluded.account
WHERE subjects.account IS NULL AND excluded.account IS NOT NULL
"""
# A profile that was first heard of when profiles had no keys of their own has its account's.
KEYS = """
SELECT s.subject, CASE WHEN s.erased_at IS NULL AND a.erased_at IS NULL THEN coalesce(s.key, a.key) END
FROM subjects s LEFT JOIN subjects a ON a.subject = s.account
WHERE s.subject = ANY(%s)
"""
ERASE = """
UPDATE subjects SET key = NULL, erased_at = coalesce(erased_at, now()) WHERE subject = ANY(%s) OR account = ANY(%s)
RETURNING subject
"""
TOMBSTONE = "INSERT INTO subjects (subject, erased_at) SELECT unnest(%s::bytea[]), now() ON CONFLICT DO NOTHING"
# What is being erased meanwhile shows up a little later than its time says.
ERASED_SINCE = "SELECT subject FROM subjects WHERE erased_at >= %s - interval '1 minute'"
ALONE = "SELECT pg_try_advisory_lock(hashtext('bijou.lake.jobs'))"
RUNS = "SELECT job, day, inputs FROM job_runs"
RAN = """
INSERT INTO job_runs (job, day, inputs, rows, finished_at) VALUES (%s, %s, %s, %s, now())
ON CONFLICT (job, day) DO UPDATE SET inputs = excluded.inputs, rows = excluded.rows, finished_at = excluded.finished_at
"""


class Repository:
    """A connection for each piece of work: there are few, and each may come after a long silence."""

    def __init__(self, database_url: str) -> None:
        self._url = for_libpq(database_url)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self._url) as connection:
            yield connection

    def keys(self, wanted: Mapping[bytes, tuple[bytes | None, bytes]]) -> dict[bytes, bytes | None]:
        """Return the key of each subject, None of those that are erased. `wanted`: its account, and a key to give it if new."""
        subjects = sorted(wanted)
        rows = [(s, *wanted[s]) for s in subjects]
        with self._connection() as connection:
            connection.execute(MAKE, [list(column) for column in zip(*rows, strict=True)])
            return dict(connection.execute(KEYS, [subjects]).fetchall())

    def known(self, subjects: Collection[bytes]) -> dict[bytes, bytes | None]:
        """Return the keys of those subjects that are known, and make none."""
        with self._connection() as connection:
            return dict(connection.execute(KEYS, [list(subjects)]).fetchall())

    def erase(self, subjects: Collection[bytes]) -> set[bytes]:
        """Destroy the keys of these, and of an account's profiles, and see to it that no new ones are made; return whose."""
        with self._connection() as connection:
            connection.execute(TOMBSTONE, [list(subjects)])
            return {gone for (gone,) in connection.execute(ERASE, [list(subjects), list(subjects)])}

    def every_key(self) -> list[bytes]:
        """Return the key of everybody who was not erased."""
        with self._connection() as connection:
            return [key for (key,) in connection.execute("SELECT key FROM subjects WHERE key IS NOT NULL")]

    def now(self) -> datetime:
        """Return what time it is where erasures are noted."""
        with self._connection() as connection:
            (now,) = connection.execute("SELECT now()").fetchone() or (None,)
        assert isinstance(now, datetime)
        return now

    def erased_since(self, moment: datetime) -> set[bytes]:
        """Return who was erased since then, by whatever process."""
        with self._connection() as connection:
            return {gone for (gone,) in connection.execute(ERASED_SINCE, [moment])}

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process is at the jobs or the tables' upkeep; until this ends none will be."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            (alone,) = connection.execute(ALONE).fetchone() or (False,)
            yield bool(alone)

    def runs(self) -> dict[tuple[str, date], str]:
        """Return what each job was made of when it last ran for a day."""
        with self._connection() as connection:
            return {(job, day): inputs for job, day, inputs in connection.execute(RUNS).fetchall()}

    def ran(self, job: str, day: date, inputs: str, rows: int) -> None:
        with self._connection() as connection:
            connection.execute(RAN, [job, day, inputs, rows])
