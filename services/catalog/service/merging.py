"""Two people who are one: merged, and taken apart again where that was a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Conflict
from services.catalog import artwork, domain
from services.catalog.models import Credit, Image, Person
from services.catalog.repository import loose, people, titles
from services.catalog.service.people import PersonNotFound, audited, check_version, facts_of, held, whole


class SamePerson(Conflict):
    """These two are one person already."""

    code = "same_person"


class NotMerged(Conflict):
    """This person is not merged into anybody, or the log does not say any more what they had."""

    code = "not_merged"


class PeopleMerging:
    """Use cases of editors. `actor` is the account that acts, `expect` the version of a person that it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def merge(
        self, person_id: UUID, into: UUID, actor: UUID, expect: int | None = None
    ) -> tuple[Person, list[Credit], Image | None]:
        """Make two people one: `into` has both names and all credits from now on, and the other's id leads to them."""
        if person_id == into:
            raise SamePerson
        async with self._db.transaction() as session:
            handed: dict[str, Any] = {}
            async with held(
                session,
                person_id,
                into,
                actor=actor,
                action="merge_people",
                told=True,
                now=self._clock.now(),
                handed=handed,
            ) as persons:
                other, person = persons
                check_version(other, expect)
                present = {_part(credit): credit for credit in await people.credits_of(session, person.id)}
                handed |= await _handed(session, other, person, present)
                await people.hand_over(session, other.id, person.id)
                for credit in await people.credits_of(session, other.id):
                    twin = present.get(_part(credit))
                    if twin is None:
                        credit.person_id = person.id
                        continue
                    twin.character = twin.character or credit.character
                    await session.delete(credit)
                names = [*person.other_names, other.name, *other.other_names]
                person.other_names = [name for name in domain.distinct(names) if name != person.name]
                person.biography = person.biography or other.biography
                said = {tag: texts for tag, texts in person.texts.items() if any(texts.values())}
                person.texts = {**other.texts, **said}
                await people.hand_over_portrait(session, other.id, person.id)
                other.merged_into = person.id
            return await whole(session, person)

    async def split(
        self, person_id: UUID, actor: UUID, expect: int | None = None
    ) -> tuple[Person, list[Credit], Image | None]:
        """Take a merge back: who was merged is somebody else again, with what they had and what nobody has edited since.

        `expect` is about the one who is left. Raises `NotMerged` also where the log of edits has forgotten the merge.
        """
        async with self._db.transaction() as session:
            survivor, handed = await people.get(session, person_id), await _merge_of(session, person_id)
            if survivor is None:
                raise PersonNotFound
            if survivor.id == person_id or handed is None:
                raise NotMerged
            now = self._clock.now()
            async with held(session, survivor.id, actor=actor, action="split_people", told=True, now=now) as persons:
                person = persons[0]
                check_version(person, expect)
                other = await people.hold_merged(session, person_id, person.id)
                if other is None:  # somebody was quicker
                    raise NotMerged
                before = facts_of(other)
                await people.hand_back(session, person.id, other.id, handed["spellings"], handed["merged"])
                present = {_part(credit): credit for credit in await people.credits_of(session, person.id)}
                for title_id, episode_id, role, position, character, twin in handed["credits"]:
                    credit = present.get((UUID(title_id), UUID(episode_id) if episode_id else None, role))
                    if credit is None:  # taken away since
                        continue
                    if not twin:
                        credit.person_id = other.id
                        continue
                    session.add(
                        Credit(
                            title_id=credit.title_id, episode_id=credit.episode_id, person_id=other.id, role=role,
                            character=character, position=position,
                        )
                    )  # fmt: skip
                person.other_names = [name for name in person.other_names if name not in handed["names"]]
                if handed["biography"] and person.biography == other.biography:
                    person.biography = ""
                person.texts = {
                    tag: said
                    for tag, said in person.texts.items()
                    if tag not in handed["texts"] or said != other.texts.get(tag)
                }
                await self._hand_portrait_back(session, person.id, other.id, handed["portrait"])
                other.merged_into, other.version, other.changed_at = None, other.version + 1, now
                await audited(session, other, "split_people", actor, before, facts_of(other), now)
            return await whole(session, other)

    async def _hand_portrait_back(self, session: AsyncSession, person_id: UUID, to: UUID, url: str | None) -> None:
        if url is None:
            return
        shown = await people.portrait(session, person_id)
        if shown is not None and artwork.url("portrait", shown.variants) == url:
            await people.hand_over_portrait(session, person_id, to)
        elif kept := await loose.former(session, url.removeprefix("/")):
            values = {**kept, "owner_id": to, "kind": people.PORTRAIT, "updated_at": self._clock.now()}
            await titles.put_image(session, values)


def _part(credit: Credit) -> tuple[UUID, UUID | None, str]:
    return credit.title_id, credit.episode_id, credit.role


async def _handed(
    session: AsyncSession, other: Person, person: Person, present: Mapping[tuple[UUID, UUID | None, str], Credit]
) -> dict[str, Any]:
    """What a person gives to another one who has these credits `present`: all that is needed to take it back."""
    shown = await people.portrait(session, other.id)
    names = domain.distinct([other.name, *other.other_names])
    return {
        "spellings": await people.spellings(session, other.id),
        "merged": [str(item.id) for item in await people.merged(session, other.id)],
        "credits": [
            [
                str(credit.title_id), credit.episode_id and str(credit.episode_id), credit.role, credit.position,
                credit.character, _part(credit) in present,
            ]
            for credit in await people.credits_of(session, other.id)
        ],
        "names": [name for name in names if name != person.name and name not in person.other_names],
        "biography": not person.biography and bool(other.biography),
        "texts": [tag for tag in other.texts if not any(person.texts.get(tag, {}).values())],
        "portrait": artwork.url("portrait", shown.variants) if shown else None,
    }  # fmt: skip


async def _merge_of(session: AsyncSession, person_id: UUID) -> dict[str, Any] | None:
    """What somebody gave to another one when they were merged, as far as the log knows."""
    for edit in await titles.edits_after(session, person_id, 0):
        if edit.action == "merge_people":
            return (edit.before or {}).get("handed")
    return None
