"""Whom the rows of a file mean by their credits: by the id of somebody who is here, else by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from services.catalog import domain
from services.catalog.repository import imports
from services.catalog.repository.imports import Named
from services.catalog.schemas.admin_requests import NewTitle
from services.catalog.schemas.people import CreditBody
from services.catalog.service.credits import CAST, by_names


class PersonGone(Exception):
    """Somebody whom a file names was removed after its people were made."""


class Part(NamedTuple):
    """Somebody's part in a title; a `person` without an id is not here."""

    person: Named
    role: str
    character: str | None


def asked(body: NewTitle) -> list[CreditBody]:
    """Return the credits of a row, which says them as such or as lists of names."""
    return body.credits or by_names([], {"cast": body.cast, "directors": body.directors})


def names(bodies: Iterable[NewTitle], here: Iterable[UUID] = ()) -> set[str]:
    """Return the names that rows mean somebody by; not of those whose ids are `here`."""
    known = set(here)
    return {
        credit.name
        for body in bodies
        for credit in asked(body)
        if credit.name and (credit.person_id is None or credit.person_id not in known)
    }


def ids(bodies: Iterable[NewTitle]) -> set[UUID]:
    """Return the ids that rows name."""
    return {credit.person_id for body in bodies for credit in body.credits if credit.person_id}


class Casting:
    """Whom some rows mean."""

    def __init__(self, by_id: dict[UUID, Named], by_name: dict[str, Named]) -> None:
        self._by_id = by_id
        self._by_name = by_name

    def parts(self, body: NewTitle) -> list[Part]:
        """Return who has which part in a title, each part once."""
        found = [Part(self._meant(credit), credit.role, credit.character) for credit in asked(body)]
        return list({(part.person.id or part.person.name, *part[1:]): part for part in reversed(found)}.values())[::-1]

    def all_parts(self, body: NewTitle) -> list[Part]:
        """The same of a title that is written. Raises `PersonGone`."""
        parts = self.parts(body)
        if gone := next((part.person.name for part in parts if part.person.id is None), None):
            raise PersonGone(f"{gone[:100]} was removed meanwhile; start the import again")
        return parts

    def _meant(self, credit: CreditBody) -> Named:
        found = self._by_id.get(credit.person_id) if credit.person_id else None
        by_name = self._by_name.get(credit.name) if credit.name else None
        # Whom only an id names is called by that, where a message is to say who is missing.
        return found or by_name or Named(None, credit.name or str(credit.person_id), [])


async def meant(connection: Connection, bodies: Sequence[NewTitle]) -> Casting:
    """Return whom rows mean; nobody of these is renamed while this transaction lasts."""
    by_id = await imports.people_by_id(connection, sorted(ids(bodies)))
    return Casting(by_id, await imports.people(connection, sorted(names(bodies, by_id))))


def shown(parts: Iterable[Part], roles: Sequence[str]) -> list[str]:
    """Return the names of who has a part of some roles, as a title lists them."""
    return domain.distinct(part.person.name for part in parts if part.role in roles)


def lists(parts: Sequence[Part]) -> dict[str, list[str]]:
    """Return the columns of `Title` that are made of its credits."""
    return {"cast_names": shown(parts, CAST), "directors": shown(parts, ("director",))}
