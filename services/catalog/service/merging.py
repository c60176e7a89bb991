"""Two people who are one: merged, and taken apart again where that was a mistake.

The rule: after a split everybody is as if the merge had never been made, whatever was merged and taken apart before and after it.
What was edited meanwhile stays with who is left. `services.catalog.origins` knows whose is what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Conflict
from services.catalog import artwork, domain
from services.catalog.models import Credit, Image, Person
from services.catalog.origins import Origins, Part, Shown, characters, fewer, seen
from services.catalog.repository import loose, people, titles
from services.catalog.service.people import PersonNotFound, audited, check_version, facts_of, held, whole


class SamePerson(Conflict):
    """These two are one person already."""

    code = "same_person"


class NotMerged(Conflict):
    """This person is not merged into anybody, or was before it was kept whose is what."""

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
            now = self._clock.now()
            async with held(
                session, person_id, into, actor=actor, action="merge_people", told=True, now=now
            ) as persons:
                other, person = persons
                check_version(other, expect)
                known = await people.origins(session, other.id, person.id)
                shown, mine = await _shown(session, other), await _shown(session, person)
                theirs = seen(shown, known.get(other.id, Origins()))
                theirs = replace(theirs, members=[str(each.id) for each in await people.merged(session, other.id)])
                both = seen(mine, known.get(person.id, Origins())).after(theirs, shown)
                await people.put_origins(session, other.id, theirs)
                await people.put_origins(session, person.id, both)
                await people.hand_over(session, other.id, person.id)
                await _merge_credits(session, other.id, person.id)
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
        """Take a merge back: who was merged is somebody else again, with what is theirs and what nobody has edited since.

        Whoever was merged into them goes with them. `expect` is about the one who is left.
        """
        async with self._db.transaction() as session:
            survivor = await people.get(session, person_id)
            if survivor is None:
                raise PersonNotFound
            if survivor.id == person_id:
                raise NotMerged
            now = self._clock.now()
            async with held(session, survivor.id, actor=actor, action="split_people", told=True, now=now) as persons:
                person = persons[0]
                check_version(person, expect)
                merged = {each.id: each for each in await people.merged(session, person.id)}
                known = await people.origins(session, person.id, *merged)
                if person_id not in merged or person_id not in known:  # somebody was quicker, or it was too early
                    raise NotMerged
                other, theirs = merged[person_id], known[person_id]
                facts, gone = facts_of(other), {str(person_id), *theirs.members}
                brought = seen(await _shown(session, person), known.get(person.id, Origins()))
                left = brought.without(gone)
                _leave(person, brought, left)
                await people.put_origins(session, person.id, left if len(merged) > len(gone) else None)
                for between, before in known.items():  # who was one with them before being merged as well
                    if between in merged and str(person_id) in before.members:
                        after = before.without(gone)
                        _leave(merged[between], before, after)
                        await people.put_origins(session, between, after)
                names = [name for who, name in brought.spellings if who in gone]
                members = [each for each in merged if str(each) in gone and each != other.id]
                await people.hand_back(session, person.id, other.id, names, members)
                await _split_credits(session, person.id, other.id, brought, gone)
                await self._split_portrait(session, person.id, other.id, left, theirs)
                if not theirs.members:
                    await people.put_origins(session, other.id, None)
                other.merged_into, other.version, other.changed_at = None, other.version + 1, now
                await audited(session, other, "split_people", actor, facts, facts_of(other), now)
            return await whole(session, other)

    async def _split_portrait(
        self, session: AsyncSession, person_id: UUID, other_id: UUID, left: Origins, theirs: Origins
    ) -> None:
        """Let everybody show the picture they have, as far as it is kept still."""
        shown = await people.portrait(session, person_id)
        url = artwork.url("portrait", shown.variants) if shown else None
        mine, other = (next((url for _, url in each.portrait), None) for each in (left, theirs))
        if url is not None and url != mine:
            if url == other:
                await people.hand_over_portrait(session, person_id, other_id)
                other = None
            await self._show_again(session, person_id, mine)
        await self._show_again(session, other_id, other)

    async def _show_again(self, session: AsyncSession, person_id: UUID, url: str | None) -> None:
        if url and (kept := await loose.former(session, url.removeprefix("/"))):
            values = {**kept, "owner_id": person_id, "kind": people.PORTRAIT, "updated_at": self._clock.now()}
            await titles.put_image(session, values)


async def _shown(session: AsyncSession, person: Person) -> Shown:
    picture = await people.portrait(session, person.id)
    return Shown(
        id=str(person.id), name=person.name, other_names=person.other_names, biography=person.biography,
        texts=person.texts, portrait=artwork.url("portrait", picture.variants) if picture else None,
        spellings=await people.spellings(session, person.id),
        credits=[(_part(each), each.character, each.position) for each in await people.credits_of(session, person.id)],
    )  # fmt: skip


def _leave(person: Person, before: Origins, after: Origins) -> None:
    """Let a person show what is left to them."""
    person.other_names = after.names_of(person.other_names)
    if before.biography:
        person.biography = after.biography[0][1] if after.biography else ""
    person.texts = after.texts_of(person.texts, before)


def _part(credit: Credit) -> Part:
    return str(credit.title_id), str(credit.episode_id) if credit.episode_id else None, credit.role


async def _credits(session: AsyncSession, person_id: UUID) -> dict[Part, list[Credit]]:
    found: dict[Part, list[Credit]] = {}
    for credit in await people.credits_of(session, person_id):
        found.setdefault(_part(credit), []).append(credit)
    return found


async def _merge_credits(session: AsyncSession, other_id: UUID, person_id: UUID) -> None:
    """Give somebody's credits to another one; of a part that both have, each character once."""
    present = await _credits(session, person_id)
    for part, theirs in (await _credits(session, other_id)).items():
        mine = present.get(part, [])
        wanted = characters(each.character for each in (*mine, *theirs)) if mine else []
        for spare in _played(session, mine, wanted, person_id, theirs[0]):
            await session.delete(spare)
        for credit in theirs:
            if mine:
                await session.delete(credit)
            else:
                credit.person_id = person_id


async def _split_credits(
    session: AsyncSession, person_id: UUID, other_id: UUID, brought: Origins, gone: set[str]
) -> None:
    """Give to somebody what is theirs of another one's credits; what was taken away since stays away."""
    present = await _credits(session, person_id)
    for part, entries in brought.parts().items():
        who = {entry[0] for entry in entries}
        if gone.isdisjoint(who):
            continue
        rows = present[part]
        if who <= gone:
            for credit in rows:
                credit.person_id = other_id
            continue
        mine, theirs = fewer([credit.character for credit in rows], entries, gone)
        title_id, episode_id, role = part
        _, (*_, position) = next(entry for entry in entries if entry[0] in gone)
        as_theirs = Credit(
            title_id=UUID(title_id), episode_id=UUID(episode_id) if episode_id else None, role=role, position=position
        )
        spare = _played(session, rows, mine, person_id, rows[0])
        for credit in _played(session, spare, theirs, other_id, as_theirs):
            await session.delete(credit)


def _played(
    session: AsyncSession, rows: Sequence[Credit], wanted: Sequence[str | None], person_id: UUID, like: Credit
) -> list[Credit]:
    """Let a person play these characters in the part that `like` is in, by credits that there are; return the others."""
    others, missing = list(rows), list[str | None]()
    for character in wanted:
        same = next((credit for credit in others if credit.character == character), None)
        if same is None:
            missing.append(character)
        else:
            same.person_id = person_id
            others.remove(same)
    for character in missing:
        if others:
            credit = others.pop(0)
            credit.person_id, credit.character = person_id, character
        else:
            session.add(
                Credit(
                    title_id=like.title_id, episode_id=like.episode_id, person_id=person_id, role=like.role,
                    character=character, position=like.position,
                )
            )  # fmt: skip
    return others
