"""Who has which part in a title: given as credits, or as the lists of names that came before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.problems import Invalid
from services.catalog import domain
from services.catalog.models import Credit, Person, Title
from services.catalog.repository import people
from services.catalog.schemas.people import CreditBody

CAST = ("actor", "voice")


class UnknownPerson(Invalid):
    """One of these credits names a person who is not here. Leave `person_id` out to find or make somebody by name."""

    code = "unknown_person"


def by_names(present: Sequence[tuple[Credit, Person]], lists: dict[str, list[str]]) -> list[CreditBody]:
    """Return a title's credits after its `cast` or `directors` were given as names; what was not given stays.

    Who stays keeps role and character.
    """
    credits = [_as_body(credit, person) for credit, person in present]
    for name, roles in (("directors", ("director",)), ("cast", CAST)):
        if name not in lists:
            continue
        before: dict[str | None, CreditBody] = {}
        for credit in credits:
            if credit.role in roles:
                before.setdefault(credit.name, credit)
        others = [credit for credit in credits if credit.role not in roles]
        named = [
            before.get(each) or CreditBody.model_construct(name=each, role=cast(Any, roles[0]))
            for each in domain.distinct(lists[name])
        ]
        credits = named + others if name == "directors" else others + named
    return credits


def _as_body(credit: Credit, person: Person) -> CreditBody:
    return CreditBody.model_construct(
        person_id=person.id, name=person.name, role=cast(Any, credit.role), character=credit.character
    )


async def put(
    session: AsyncSession, title: Title, wanted: Sequence[CreditBody], now: datetime, episode_id: UUID | None = None
) -> None:
    """Give a title, or one of its episodes, these credits. Raises `UnknownPerson`."""
    named = {name for item in wanted if item.person_id is None and (name := _name(item))}
    meant = await people.ensure(session, named, now) if named else {}
    ids = [item.person_id or meant[_name(item)] for item in wanted]
    found = await people.share(session, ids)
    if not found.keys() >= set(ids):
        raise UnknownPerson
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item, asked in zip(wanted, ids, strict=True):
        row = {"person_id": found[asked].id, "role": item.role, "character": item.character}
        rows.setdefault(tuple(row.values()), row)
    await people.put_credits(session, title.id, episode_id, list(rows.values()))
    if episode_id is None:
        names = {person.id: person.name for person in found.values()}
        title.cast_names = domain.distinct(names[row["person_id"]] for row in rows.values() if row["role"] in CAST)
        title.directors = domain.distinct(names[row["person_id"]] for row in rows.values() if row["role"] == "director")


def _name(item: CreditBody) -> str:
    return " ".join((item.name or "").split())


def refresh_names(title: Title, credited: Sequence[tuple[Credit, Person]]) -> None:
    """Write the names of a title's people into its own lists again, after one of them was renamed or merged."""
    title.cast_names = domain.distinct(person.name for credit, person in credited if credit.role in CAST)
    title.directors = domain.distinct(person.name for credit, person in credited if credit.role == "director")
