"""Titles that were here before an import: given what its rows say, and given back what they said.

Each is edited as by hand, with a version, a line in the log and an event; a title that says what its row says is left alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import Connection
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import session_on
from libs.chassis.slugs import name_id
from libs.contracts.catalog import TitleChanged
from services.catalog.certificates import age_after
from services.catalog.collation import sort_name
from services.catalog.importing.mapping import ImportMapping
from services.catalog.languages import TEXTS
from services.catalog.models import Title
from services.catalog.repository import imports, lifecycle, titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_requests import NewTitle
from services.catalog.schemas.fields import WindowBody
from services.catalog.schemas.people import CreditBody
from services.catalog.service import casting, credits
from services.catalog.service.casting import Part
from services.catalog.service.imported import told
from services.catalog.service.restoring import apply
from services.catalog.service.unit_of_work import Edit, edit_many, is_reviewed
from services.catalog.title_fields import BY_NAME, of_kind

Said = dict[str, Any]
COLUMNS = {"cast": "cast_names", "directors": "directors"}
# What a title was before somebody has to look at it again; so much an undo gives back.
APPROVED = ("approved", "scheduled")
OTHERS = of_kind("objects")  # what stands in other tables than a title's own


EDITED = "was edited meanwhile; undo with force to lose that edit"


class NotNow(Exception):
    """An import, or its undoing, that cannot be carried out as things are; says why, and what to do."""


class EditedMeanwhile(NotNow):
    """A title of an import that is being undone has been edited; undone with force, that edit is lost."""


class Overtaken(Exception):
    """A title has been edited between a look at its row and the writing: the row is of a version from before that."""


class Row(NamedTuple):
    """What a row says of a title that is here, and the version of the title that it was read from, where it says one."""

    title_id: UUID
    body: NewTitle
    version: int | None


class NoLongerKnown(NotNow):
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
    wanted: Sequence[Row],
    now: datetime,
) -> tuple[int, int]:
    """Let titles say in the fields that the mapping names what rows say of them.

    Return how many that changed, and how many of those have to be approved again. Raises `Overtaken`.
    """
    people = await casting.meant(connection, [row.body for row in wanted])
    said = {row.title_id: _said(mapping, row.body, people.all_parts(row.body)) for row in wanted}
    read = {row.title_id: row.version for row in wanted if row.version is not None}
    async with session_on(connection) as session:
        other = await _saying_otherwise(session, said)
        async with edit_many(session, other, action="import", actor=actor, now=now, tell=telling(connection)) as edits:
            before = [(editing.title.version, editing.title.status) for editing in edits]
            for title_id, here in ((editing.title.id, editing.title.version) for editing in edits):
                if read.get(title_id, here) != here:
                    raise Overtaken(f"title {title_id} is of version {here} by now, its row of {read[title_id]}")
            for editing in edits:
                await _give(editing, said[editing.title.id], now)
        changes = [
            {"import_id": import_id, "title_id": editing.title.id, "version": editing.title.version}
            for editing, (version, _) in zip(edits, before, strict=True)
            if editing.title.version > version
        ]
        again = sum(editing.title.status != status for editing, (_, status) in zip(edits, before, strict=True))
    await imports.copy(connection, "import_changes", changes)
    return len(changes), again


async def to_review(connection: Connection, actor: UUID, changing: Collection[UUID]) -> int:
    """Return how many of some titles have to be approved again once `actor` changes them."""
    async with session_on(connection) as session:
        held = select(Title).where(Title.id.in_(changing), Title.status.in_(APPROVED))
        return sum([await is_reviewed(session, title, actor) for title in await session.scalars(held)])


async def differing(connection: Connection, mapping: ImportMapping, wanted: Sequence[Row]) -> set[UUID]:
    """Return which titles say otherwise than their rows, and would be changed."""
    if not wanted:
        return set()
    people = await casting.meant(connection, [row.body for row in wanted])
    said = {row.title_id: _said(mapping, row.body, people.parts(row.body)) for row in wanted}
    async with session_on(connection) as session:
        return set(await _saying_otherwise(session, said))


async def _saying_otherwise(session: AsyncSession, said: Mapping[UUID, Said]) -> list[UUID]:
    """Return which titles do not say all that is said of them."""
    rows = list(await session.scalars(select(Title).where(Title.id.in_(said))))
    # What stands in a title's own row needs no look at its others.
    apart = any(name in OTHERS for fields in said.values() for name in fields)
    wholes = await titles.load_all(session, rows) if apart else {row.id: Whole(row) for row in rows}
    return [
        title_id
        for title_id, whole in wholes.items()
        if any(_kept(whole, name) != value for name, value in said[title_id].items())
    ]


def _said(mapping: ImportMapping, body: NewTitle, parts: Sequence[Part]) -> Said:
    """Return what a row says, field by field, as `_kept` returns it of a title."""
    named = [name for name in mapping.fields if BY_NAME[name].imported == "always"]
    said: Said = {name: getattr(body, name) for name in named}
    for name, column in COLUMNS.items():
        if name in said:
            said[name] = casting.lists(parts)[column]
    made: Said = {
        "country": body.country or "",
        "genres": list(dict.fromkeys(slug for name in body.genres if (slug := name_id(name)))),
        "credits": [(part.person.id, part.role, part.character) for part in parts],
        "windows": [window.model_dump() for window in body.windows],
        "texts": {tag: texts.model_dump() for tag, texts in body.texts.items()},
    }
    said |= {name: value for name, value in made.items() if name in said}
    if said.get("maturity") is None:
        said.pop("maturity", None)
    return said


def _kept(whole: Whole, name: str) -> Any:
    """Return what a title says in a field."""
    if name == "credits":
        return [(person.id, credit.role, credit.character) for credit, person in whole.credits]
    if name == "windows":
        return [{part: getattr(item, part) for part in WindowBody.model_fields} for item in whole.windows]
    if name == "texts":
        return {tag: {part: getattr(item, part) for part in TEXTS} for tag, item in whole.texts.items()}
    return getattr(whole.title, BY_NAME[name].stored or name)


async def _give(editing: Edit, said: Said, now: datetime) -> None:
    """Let a title say in these fields what is said of it."""
    session, title = editing.session, editing.title
    differing = {name: value for name, value in said.items() if _kept(editing.whole, name) != value}
    lists = {name: said[name] for name in COLUMNS if name in said}
    if lists.keys() & differing.keys():
        await credits.put(session, title, credits.by_names(editing.whole.credits, lists), now)
    if "credits" in differing:
        parts = [
            CreditBody.model_construct(person_id=person, role=role, character=character)
            for person, role, character in differing["credits"]
        ]
        await credits.put(session, title, parts, now)
    if "windows" in differing:
        await titles.replace_windows(session, title.id, differing["windows"])
    if "texts" in differing:
        await titles.replace_texts(session, title.id, differing["texts"])
    if "certificates" in differing and "maturity" not in said:
        title.maturity = age_after(title.maturity, title.certificates, said["certificates"])
    for name in differing.keys() - OTHERS - COLUMNS.keys():
        setattr(title, BY_NAME[name].stored or name, differing[name])
    title.sort_name = sort_name(title.name, title.language)


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
                    if title.version == versions[title.id] and (status := before.get("status")) in APPROVED:
                        # It says again, to the letter, what somebody approved.
                        await _approve_again(editing, status, actor, now)
        after, done = rows[-1]["title_id"], done + len(rows)
    await connection.execute("DELETE FROM import_changes WHERE import_id = $1", import_id)
    return done


async def _approve_again(editing: Edit, status: str, actor: UUID, now: datetime) -> None:
    """Give a title the status that it had before an import, and its time, where that was put off meanwhile."""
    session, title = editing.session, editing.title
    leads = title.status, status
    lifecycle.add_step(session, title.id, actor, "undo_import", leads, "Says again what was approved.", now)
    title.status = status
    if planned := await lifecycle.schedule(session, title.id):
        planned.next_at, planned.detail = planned.publish_at or planned.next_at, ""
