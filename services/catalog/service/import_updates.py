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
from sqlalchemy.ext.asyncio import AsyncSession

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
from services.catalog.service.unit_of_work import edit

KEPT = ("type", "slug")
WORDS = ("other_names", "tags", "descriptors")
PEOPLE = ("cast", "directors")
People = Mapping[str, tuple[UUID, str, list[str]]]


EDITED = "was edited meanwhile; undo with force to lose that edit"


class EditedMeanwhile(Exception):
    """A title of an import that is being undone has been edited; undone with force, that edit is lost."""


class NoLongerKnown(Exception):
    """What a title said before an import is no longer in the log, which keeps two years."""


def telling(connection: Connection) -> Callable[[AsyncSession, TitleChanged], Awaitable[None]]:
    """Return what keeps events until an import tells them, all at its end."""

    async def tell(_session: AsyncSession, event: TitleChanged) -> None:
        await imports.copy(connection, "told", [told(event)])

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
    names = {name for _, body in wanted for name in domain.distinct([*body.directors, *body.cast])}
    people = await imports.people(connection, sorted(names))
    changes = []
    async with session_on(connection) as session:
        bodies = dict(wanted)
        rows = await session.scalars(select(Title).where(Title.id.in_(bodies)).order_by(Title.id))
        for title in list(rows):
            fields = _fields(mapping, bodies[title.id])
            if all(getattr(title, name) == value for name, value in _shown(fields, people).items()):
                continue
            async with edit(
                session, title.id, action="import", actor=actor, now=now, tell=telling(connection)
            ) as editing:
                lists = {name: fields.pop(name) for name in PEOPLE if name in fields}
                if lists:
                    await credits.put(session, title, credits.by_names(editing.whole.credits, lists), now)
                for name, value in fields.items():
                    setattr(title, name, value)
                title.sort_name = sort_name(title.name, title.language)
            changes.append({"import_id": import_id, "title_id": title.id, "version": title.version})
    await imports.copy(connection, "import_changes", changes)
    return len(changes)


def _fields(mapping: ImportMapping, body: NewTitle) -> dict[str, Any]:
    """Return what a row says, field by field, as a title keeps it."""
    fields: dict[str, Any] = {name: getattr(body, name) for name in mapping.fields if name not in KEPT}
    fields |= {name: domain.distinct(fields[name]) for name in (*WORDS, *PEOPLE) if name in fields}
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
    for name, column in (("cast", "cast_names"), ("directors", "directors")):
        if name in fields:
            del shown[name]
            shown[column] = domain.distinct(people[each][1] for each in fields[name])
    return shown


async def give_back(connection: Connection, import_id: UUID, actor: UUID, now: datetime, *, force: bool) -> int:
    """Let titles that an import changed say what they said before; return how many. Raises `EditedMeanwhile`."""
    after, done = UUID(int=0), 0
    while rows := await connection.fetch(imports.CHANGED, import_id, after, imports.PEOPLE_AT_ONCE):
        async with session_on(connection) as session:
            for row in rows:
                await _give_back(connection, session, row, actor, now, force=force)
        after, done = rows[-1]["title_id"], done + len(rows)
    await connection.execute("DELETE FROM import_changes WHERE import_id = $1", import_id)
    return done


async def _give_back(
    connection: Connection, session: AsyncSession, row: Any, actor: UUID, now: datetime, *, force: bool
) -> None:
    title_id, version = row["title_id"], row["version"]
    async with edit(session, title_id, action="undo_import", actor=actor, now=now, tell=telling(connection)) as editing:
        if editing.title.version > version and not force:
            raise EditedMeanwhile(f"title {title_id} {EDITED}")
        made = await titles.edit_of(session, title_id, version)
        if made is None or made.before is None:
            raise NoLongerKnown(f"what title {title_id} said before is no longer in the log")
        await apply(editing, made.before, now)
