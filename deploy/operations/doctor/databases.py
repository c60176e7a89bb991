"""Databases: reached, of the shape that the code needs, with a clock that agrees, and nothing that waits or was put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import psycopg
from alembic.script import ScriptDirectory

from deploy.operations.databases import revisions
from deploy.operations.doctor.clocks import apart
from deploy.operations.doctor.findings import Check, Finding
from libs.chassis.data import migrations
from libs.chassis.data.postgres import for_libpq

# Events that wait longer than this wait for something that is broken.
WAITED_SECONDS = 300


def checks(databases: Mapping[str, tuple[str, str]], now: Callable[[], datetime]) -> list[Check]:
    """Return a check for each database: by its service, its address and the package of its migrations."""
    return [
        Check(f"database {name}", lambda name=name, url=url, package=package: look(name, url, package, now))  # type: ignore[misc]
        for name, (url, package) in databases.items()
    ]


def look(name: str, url: str, package: str, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Yield what is wrong with one."""
    try:
        connection = psycopg.connect(for_libpq(url), autocommit=True, application_name="bijou doctor")
    except psycopg.OperationalError as error:
        yield Finding(
            f"The database of {name} cannot be used: {str(error).strip().splitlines()[0]}",
            f"{name} answers nothing without it.",
            "See whether PostgreSQL runs, and whether BIJOU_DATABASE_URL has its address: docs/runbooks/backends.md.",
        )
        return
    with connection:
        before = now()
        row = connection.execute("SELECT clock_timestamp(), pg_is_in_recovery()").fetchone()
        assert row is not None
        yield from apart(f"PostgreSQL ({name})", row[0].astimezone(UTC), before, now())
        if row[1]:
            yield Finding(
                f"The database of {name} is a replica, which takes no writes.",
                "Every change is refused.",
                "Have BIJOU_DATABASE_URL lead to the primary.",
            )
        yield from _migrations(name, package, revisions(connection))
        yield from _events(name, connection)


def _migrations(name: str, package: str, found: list[str]) -> Iterator[Finding]:
    script = ScriptDirectory.from_config(migrations.config_for(package, ""))
    heads, known = set(script.get_heads()), {each.revision for each in script.walk_revisions()}
    run = f"python -m {migrations.__name__} {package}, with the settings of {name}; `make up` does it at each start."
    if not found:
        yield Finding(f"The database of {name} has no tables.", f"{name} does not start.", f"Run its migrations: {run}")
    elif newer := sorted(set(found) - known):
        yield Finding(
            f"The database of {name} is newer than this code: it has {', '.join(newer)}.",
            "An older version goes on with it; what the newer one added it does not see.",
            "Nothing after a step back. Otherwise deploy the version that brought it.",
            "warning",
        )
    elif set(found) != heads:
        yield Finding(
            f"The database of {name} is at {', '.join(found)}; the code needs {', '.join(sorted(heads))}.",
            "Statements name columns that are not there.",
            f"Run its migrations: {run}",
        )


def _events(name: str, connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[Finding]:
    there = connection.execute("SELECT to_regclass('outbox_pending'), to_regclass('dead_letters')").fetchone()
    if there is None or None in there:
        return
    waiting = connection.execute(
        "SELECT count(*) FROM outbox_pending WHERE created_at < clock_timestamp() - make_interval(secs => %s)",
        [WAITED_SECONDS],
    ).fetchone()
    if waiting and waiting[0]:
        yield Finding(
            f"{waiting[0]} events of {name} wait in its outbox for longer than {WAITED_SECONDS // 60} minutes.",
            "Other services do not hear what has happened.",
            f"`/readyz` of {name} says under `outbox` what its relay waits for: docs/runbooks/local.md.",
        )
    letters = connection.execute("SELECT count(*) FROM dead_letters").fetchone()
    if letters and letters[0]:
        yield Finding(
            f"{name} has put {letters[0]} events aside that it could not apply.",
            "What they tell is not known there.",
            f"bijou dead-letters list {name}",
            "warning",
        )
