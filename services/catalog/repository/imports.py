"""Imports: their parts, faults and rows. A run works on one asyncpg connection of its own, in batches by COPY."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from asyncpg import Connection
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import Import, ImportChange, ImportFault, ImportPart, Title, TitleSource

ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OWN = {"id": "uuid", "slug": "text"}
# One run at a time over all replicas; a run that died leaves the lock with its connection.
LOCK = "SELECT pg_try_advisory_lock(hashtext('bijou.catalog.imports'))"
NEXT = """SELECT id, actor, mapping, status, dry_run, parts, changed_at, undone_by, undo_forced FROM imports
WHERE status IN ('queued', 'checking', 'importing', 'undoing') ORDER BY created_at LIMIT 1"""


async def get(session: AsyncSession, import_id: UUID, *, hold: bool = False) -> Import | None:
    """Return an import."""
    return await session.get(Import, import_id, with_for_update=hold, populate_existing=True)


async def put_part(session: AsyncSession, import_id: UUID, number: int, data: bytes, now: datetime) -> None:
    """Keep a piece of a file, in place of what was kept of it before."""
    statement = insert(ImportPart).values(import_id=import_id, number=number, data=data, received_at=now)
    changes = {name: statement.excluded[name] for name in ("data", "received_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["import_id", "number"], set_=changes))


async def part_numbers(session: AsyncSession, import_id: UUID) -> list[int]:
    """Return which pieces there are."""
    statement = select(ImportPart.number).where(ImportPart.import_id == import_id).order_by(ImportPart.number)
    return list(await session.scalars(statement))


async def table(session: AsyncSession, *, limit: int, offset: int) -> tuple[list[Import], int]:
    """Return one page of the imports, the newest first, and their number."""
    total = (await session.execute(select(func.count()).select_from(Import))).scalar_one()
    newest = select(Import).order_by(Import.created_at.desc(), Import.id.desc())
    return list(await session.scalars(newest.limit(limit).offset(offset))), total


async def faults(session: AsyncSession, import_id: UUID, *, limit: int, offset: int) -> list[ImportFault]:
    """Return one page of what is wrong with a file, in the order of its lines."""
    statement = select(ImportFault).where(ImportFault.import_id == import_id).order_by(ImportFault.number)
    return list(await session.scalars(statement.limit(limit).offset(offset)))


async def edited_since(session: AsyncSession, import_id: UUID, limit: int) -> list[UUID]:
    """Return titles that an import made or changed and that somebody has changed since."""
    made = select(Title.id).join(TitleSource, TitleSource.title_id == Title.id)
    made = made.where(TitleSource.import_id == import_id, Title.version > 1)
    changed = select(Title.id).join(ImportChange, ImportChange.title_id == Title.id)
    changed = changed.where(ImportChange.import_id == import_id, Title.version > ImportChange.version)
    return list(await session.scalars(made.union(changed).order_by("id").limit(limit)))


async def piece(connection: Connection, import_id: UUID, number: int, at: int, size: int) -> bytes | None:
    """Return at most `size` bytes of a part, from the byte `at` on, which counts from 0; None where the part is gone."""
    found = "SELECT substring(data FROM $3 FOR $4) FROM import_parts WHERE import_id = $1 AND number = $2"
    return await connection.fetchval(found, import_id, number, at + 1, size)  # type: ignore[no-any-return]


async def progress(connection: Connection, import_id: UUID, now: datetime, **values: Any) -> None:
    """Say how far a run is."""
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 3))
    query = f"UPDATE imports SET changed_at = $2, {changes} WHERE id = $1"  # noqa: S608  (names of columns, written here)
    await connection.execute(query, import_id, now, *values.values())


async def write_faults(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Keep what is wrong with rows."""
    columns = ["import_id", "number", "line", "column_name", "message", "found_at"]
    await connection.copy_records_to_table("import_faults", records=rows, columns=columns)


class Known(NamedTuple):
    """A title that is here."""

    id: UUID
    type: str
    version: int


async def known(connection: Connection, source: str, keys: Sequence[str], known_by: str = "key") -> dict[str, Known]:
    """Return which keys of a source are titles already. `known_by` as in a mapping."""
    rows = await connection.fetch(
        "SELECT s.key, t.id, t.type, t.version FROM title_sources s JOIN titles t ON t.id = s.title_id"
        " WHERE s.source = $1 AND s.key = ANY ($2::text[])", source, keys,
    )  # fmt: skip
    found = {row["key"]: Known(row["id"], row["type"], row["version"]) for row in rows}
    if known_by != "key":
        column = {"id": "id::text", "slug": "slug"}[known_by]
        own = await connection.fetch(
            f"SELECT {column} AS key, id, type, version FROM titles WHERE {known_by} = ANY ($1::text[]::{OWN[known_by]}[])",  # noqa: S608
            [key for key in keys if known_by == "slug" or is_id(key)],
        )
        found |= {row["key"]: Known(row["id"], row["type"], row["version"]) for row in own}
    return found


def is_id(key: str) -> bool:
    """Tell whether a key is written as ids are."""
    return bool(ID.fullmatch(key))


class Named(NamedTuple):
    """A person as titles name them; without an `id` nobody who is here."""

    id: UUID | None
    name: str
    other_names: list[str]


async def people_by_id(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Named]:
    """Return who has these ids, or was merged into somebody; nobody is renamed while this transaction lasts."""
    if not ids:
        return {}
    rows = await connection.fetch(
        "WITH RECURSIVE led AS (SELECT id AS asked, id, merged_into FROM people WHERE id = ANY ($1::uuid[])"
        " UNION SELECT l.asked, m.id, m.merged_into FROM led l JOIN people m ON m.id = l.merged_into)"
        " SELECT l.asked, p.id, p.name, p.other_names FROM led l JOIN people p ON p.id = l.id"
        " WHERE p.merged_into IS NULL ORDER BY p.id FOR SHARE OF p", ids,
    )  # fmt: skip
    return {row["asked"]: Named(row["id"], row["name"], row["other_names"]) for row in rows}


async def people(connection: Connection, names: Sequence[str]) -> dict[str, Named]:
    """Return whom names mean, and what they are called; nobody is renamed while this transaction lasts."""
    rows = await connection.fetch(
        "SELECT s.spelling, p.id, p.name, p.other_names FROM person_spellings s JOIN people p ON p.id = s.person_id"
        " WHERE s.spelling = ANY ($1::text[]) ORDER BY p.id FOR SHARE OF p", names,
    )  # fmt: skip
    return {row["spelling"]: Named(row["id"], row["name"], row["other_names"]) for row in rows}


async def keep_people(session: AsyncSession, import_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    """Remember which of some people were made for an import."""
    await session.execute(
        text(
            "INSERT INTO import_people (import_id, person_id) SELECT :import_id, id FROM people"
            " WHERE id = ANY (:ids) AND created_at = :now ON CONFLICT DO NOTHING"
        ),
        {"import_id": import_id, "ids": list(ids), "now": now},
    )


async def taken_slugs(connection: Connection, slugs: Sequence[str]) -> set[str]:
    """Return which slugs titles have already, those of this transaction too, or had while they were shown."""
    rows = await connection.fetch(
        "SELECT slug FROM titles WHERE slug = ANY ($1::text[])"
        " UNION SELECT slug FROM former_slugs WHERE slug = ANY ($1::text[])", slugs,
    )  # fmt: skip
    return {row["slug"] for row in rows}


async def genre_names(connection: Connection, slugs: Sequence[str]) -> dict[str, str]:
    """Return what genres are called."""
    rows = await connection.fetch("SELECT slug, name FROM genres WHERE slug = ANY ($1::text[])", slugs)
    return {row["slug"]: row["name"] for row in rows}


async def copy(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, all with the same columns; what is a dict travels as JSON."""
    if not rows:
        return
    columns = list(rows[0])
    records = [
        [orjson.dumps(v, default=str).decode() if isinstance(v, dict) else v for v in row.values()] for row in rows
    ]
    await connection.copy_records_to_table(table, records=records, columns=columns)


# What was checked waits here for its turn; it goes with the connection, and so with a run that is killed.
BEGIN_READING = """DROP TABLE IF EXISTS wanted;
CREATE TEMP TABLE wanted (n serial PRIMARY KEY, key text, version bigint, said text)"""
# $2 rows at most, and no more once they are $3 bytes together: the first in any case.
WANTED = """SELECT n, key, version, said FROM (
  SELECT *, sum(octet_length(said)) OVER (ORDER BY n) - octet_length(said) AS before FROM (
    SELECT * FROM wanted WHERE n > $1 ORDER BY n LIMIT $2) next) next
WHERE before < $3 ORDER BY n"""

BEGIN_TELLING = """CREATE TEMP TABLE told (n bigserial, event_id uuid, topic text, key text, type text, payload jsonb)
ON COMMIT DROP"""
# At the end, so that the relay has no holes to wait for while the run goes on; as a crowd where there are more than $1.
TELL = """INSERT INTO outbox (event_id, topic, key, type, payload)
SELECT event_id, topic, key, type, payload || jsonb_build_object('crowd', (SELECT count(*) FROM told) > $1::int)
FROM told ORDER BY n"""

PEOPLE_AT_ONCE = 1000
TITLES_AT_ONCE = 500
MADE_PEOPLE = """SELECT person_id FROM import_people WHERE import_id = $1 AND person_id > $2
ORDER BY person_id LIMIT $3"""

UNDO = """SELECT t.id, t.version, t.type, t.name, t.published_at FROM title_sources s JOIN titles t ON t.id = s.title_id
WHERE s.import_id = $1 ORDER BY t.id LIMIT $2 FOR UPDATE OF t"""


CHANGED = """SELECT c.title_id, c.version FROM import_changes c WHERE c.import_id = $1 AND c.title_id > $2
ORDER BY c.title_id LIMIT $3"""


async def remove(connection: Connection, ids: Sequence[UUID], actor: UUID, now: datetime) -> None:
    """Delete titles with all that belongs to them; the log keeps what they were."""
    await connection.execute(
        "INSERT INTO audit (id, title_id, actor, action, before, after, at) SELECT gen_random_uuid(), a.title_id, $2,"
        " 'undo_import', a.after, NULL, $3 FROM audit a WHERE a.title_id = ANY ($1::uuid[]) AND a.action = 'import'",
        ids, actor, now,
    )  # fmt: skip
    # Pictures belong to what may be of several kinds: no table's rows take them along.
    await connection.execute(
        "WITH gone AS (DELETE FROM titles WHERE id = ANY ($1::uuid[]))"
        " DELETE FROM images WHERE owner_id = ANY ($1::uuid[]) OR owner_id IN (SELECT e.id FROM episodes e"
        " JOIN seasons s ON s.id = e.season_id WHERE s.title_id = ANY ($1::uuid[]))", ids,
    )  # fmt: skip


async def remove_people(connection: Connection, import_id: UUID) -> None:
    """Delete those who were made for an import, whom nothing credits and nobody has worked on; in a transaction."""
    after = UUID(int=0)
    # In batches: an import may have made more than one statement's time is enough for.
    while batch := await connection.fetch(MADE_PEOPLE, import_id, after, PEOPLE_AT_ONCE):
        ids = [row["person_id"] for row in batch]
        # Whoever is crediting one of them is waited for, and seen below.
        await connection.execute(
            "SELECT FROM people WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE", ids,
        )  # fmt: skip
        await connection.execute(
            "WITH gone AS (DELETE FROM people p WHERE p.id = ANY ($1::uuid[]) AND p.version = 1"
            " AND NOT EXISTS (SELECT FROM credits c WHERE c.person_id = p.id)"
            " AND NOT EXISTS (SELECT FROM people m WHERE m.merged_into = p.id) RETURNING p.id)"
            " DELETE FROM images WHERE owner_id IN (SELECT id FROM gone)", ids,
        )  # fmt: skip
        after = ids[-1]
