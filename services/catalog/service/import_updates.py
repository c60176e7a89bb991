"""Titles that were here before an import: given what its rows say, and given back what they said.

Each is edited as by hand, with a version, a line in the log and an event; a title that says what its row says is left alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from sqlalchemy import select

from libs.chassis.data.database import session_on
from libs.contracts.catalog import TitleChanged
from services.catalog import domain
from services.catalog.certificates import age_of_all
from services.catalog.collation import sort_name
from services.catalog.importing.mapping import ImportMapping
from services.catalog.models import Title
from services.catalog.repository import imports, titles
from services.catalog.schemas.admin_requests import NewTitle
from services.catalog.service import credits
from services.catalog.service.imported import told
from services.catalog.service.restoring import apply
from services.catalog.service.unit_of_work import Edit, edit_many

KEPT = ("type", "slug")
COLUMNS = {"cast": "cast_names", "directors": "directors"}
People = Mapping[str, tuple[UUID, str, list[str]]]


EDITED = "was edited meanwhile; undo with force to lose that edit"


class EditedMeanwhile(Exception):
    """A title of an import that is being undone has been edited; undone with force, that edit is lost."""


class NoLongerKnown(Exception):
    """What a title said before an import is no longer in the log, which keeps two years."""


def telling(connection: Connection) -> Callable[[Sequence[TitleChanged]], Awaitable[None]]:
    """Return what keeps events until an import tells them, all at its end."""

    async def tell(events: Sequence[TitleChanged]) -> None:
        await imports.copy(connection, "told", [told(event) for event in events])

    return tell


async def update(
    connection: Connection,
    import_id: UUID,
    actor: UUID,
    mapping: ImportMapping,
    wanted: Sequence[tuple[UUID, NewTitle]],
    now: datetime,
) -> int:
    """Let titles say in the fields that the mapping names what rows say of them; return how many that changed."""
    names = {name for _, body in wanted for name in (*body.directors, *body.cast)}
    people = await imports.people(connection, sorted(names))
    said = {title_id: _fields(mapping, body) for title_id, body in wanted}
    shown = {title_id: _shown(fields, people) for title_id, fields in said.items()}
    async with session_on(connection) as session:
        rows = list(await session.scalars(select(Title).where(Title.id.in_(said))))
        other = [title.id for title in rows if _says_otherwise(title, shown[title.id])]
        async with edit_many(session, other, action="import", actor=actor, now=now, tell=telling(connection)) as edits:
            versions = [editing.title.version for editing in edits]
            for editing in edits:
                await _give(editing, said[editing.title.id], shown[editing.title.id], now)
        changes = [
            {"import_id": import_id, "title_id": editing.title.id, "version": editing.title.version}
            for editing, version in zip(edits, versions, strict=True)
            if editing.title.version > version
        ]
    await imports.copy(connection, "import_changes", changes)
    return len(changes)


async def differing(connection: Connection, mapping: ImportMapping, wanted: Sequence[tuple[UUID, NewTitle]]) -> int:
    """Return how many titles say otherwise than their rows, and would be changed."""
    if not wanted:
        return 0
    people = await imports.people(connection, sorted({n for _, body in wanted for n in (*body.directors, *body.cast)}))
    shown = {title_id: _shown(_fields(mapping, body), people) for title_id, body in wanted}
    async with session_on(connection) as session:
        rows = await session.scalars(select(Title).where(Title.id.in_(shown)))
        return sum(_says_otherwise(title, shown[title.id]) for title in rows)


def _says_otherwise(title: Title, shown: Mapping[str, Any]) -> bool:
    return any(getattr(title, name) != value for name, value in shown.items())


async def _give(editing: Edit, fields: Mapping[str, Any], shown: Mapping[str, Any], now: datetime) -> None:
    title = editing.title
    lists = {name: fields[name] for name in COLUMNS if name in fields}
    if any(getattr(title, COLUMNS[name]) != shown[COLUMNS[name]] for name in lists):
        await credits.put(editing.session, title, credits.by_names(editing.whole.credits, lists), now)
    for name in fields.keys() - lists.keys():
        setattr(title, name, fields[name])
    title.sort_name = sort_name(title.name, title.language)


def _fields(mapping: ImportMapping, body: NewTitle) -> dict[str, Any]:
    """Return what a row says, field by field, as a title keeps it."""
    fields: dict[str, Any] = {name: getattr(body, name) for name in mapping.fields if name not in KEPT}
    if "country" in fields:
        fields["country"] = fields["country"] or ""
    if "genres" in fields:
        fields["genres"] = list(dict.fromkeys(slug for name in fields["genres"] if (slug := domain.genre_slug(name))))
    if fields.get("maturity") is None:
        age = age_of_all(fields.get("certificates", {}))
        fields = {name: value for name, value in fields.items() if name != "maturity"}
        fields |= {} if age is None else {"maturity": age}
    return fields


def _shown(fields: Mapping[str, Any], people: People) -> dict[str, Any]:
    """Return the same as a title shows it: people as they are called."""
    shown = dict(fields)
    for name, column in COLUMNS.items():
        if name in fields:
            del shown[name]
            shown[column] = domain.distinct(people[each][1] if each in people else each for each in fields[name])
    return shown


async def give_back(connection: Connection, import_id: UUID, actor: UUID, now: datetime, *, force: bool) -> int:
    """Let titles that an import changed say what they said before; return how many. Raises `EditedMeanwhile`."""
    after, done = UUID(int=0), 0
    while rows := await connection.fetch(imports.CHANGED, import_id, after, imports.TITLES_AT_ONCE):
        versions = {row["title_id"]: row["version"] for row in rows}
        async with session_on(connection) as session:
            made = await titles.edits_of(session, versions)
            async with edit_many(
                session, versions, action="undo_import", actor=actor, now=now, tell=telling(connection)
            ) as edits:
                for editing in edits:
                    title = editing.title
                    if title.version > versions[title.id] and not force:
                        raise EditedMeanwhile(f"title {title.id} {EDITED}")
                    if title.id not in made or (before := made[title.id].before) is None:
                        raise NoLongerKnown(f"what title {title.id} said before is no longer in the log")
                    await apply(editing, before, before, now)
        after, done = rows[-1]["title_id"], done + len(rows)
    await connection.execute("DELETE FROM import_changes WHERE import_id = $1", import_id)
    return done
