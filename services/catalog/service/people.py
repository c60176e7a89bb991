"""What viewers read of people, and what editors do with them: add, change, merge, remove."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.received import CROWD
from libs.chassis.problems import Conflict, NotFound, PreconditionFailed
from libs.contracts.catalog import TitleChanged
from libs.contracts.token import Principal
from services.catalog import artwork, domain
from services.catalog.collation import sort_name
from services.catalog.languages import say_part
from services.catalog.models import Credit, Image, Person
from services.catalog.repository import browse, loose, people, titles
from services.catalog.schemas.admin_audit import AuditItem
from services.catalog.schemas.people import NewPerson, PersonDetails, PersonPatch, TitleCredit
from services.catalog.service import credits, log
from services.catalog.service.browse import card, viewer_of
from services.catalog.service.deleted import NotDeleted, deletion
from services.catalog.service.unit_of_work import assign, edit_many

FILMOGRAPHY = 500  # of a person's titles at most


class PersonNotFound(NotFound):
    """There is no such person here."""

    code = "person_not_found"


class PersonChanged(PreconditionFailed):
    """Somebody changed this person since you read them. Reload them and make your change again."""

    code = "version_mismatch"


class PersonCredited(Conflict):
    """Titles credit this person. Take their credits away, or merge them into somebody else."""

    code = "person_credited"


class SamePerson(Conflict):
    """These two are one person already."""

    code = "same_person"


class NotMerged(Conflict):
    """This person is not merged into anybody, or the log does not say any more what they had."""

    code = "not_merged"


class PeopleBrowsing:
    """Use cases of viewers."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def person(self, who: Principal, header: str, person_id: UUID) -> PersonDetails:
        """A person with their parts in what the viewer may see; nobody where that is nothing."""
        viewer = viewer_of(who, self._clock, header)
        row = await browse.person(self._db, person_id)
        parts = await browse.filmography(self._db, viewer, row["id"], FILMOGRAPHY) if row else []
        if row is None or not parts:
            raise PersonNotFound
        return PersonDetails(
            id=row["id"],
            name=row["name"],
            other_names=row["other_names"],
            biography=say_part(row, viewer.languages, texts=("biography",))["biography"],
            portrait_url=artwork.url("portrait", row["portrait"]),
            portrait_srcset=artwork.srcset(row["portrait"]),
            credits=[
                TitleCredit(title=card(part, viewer), role=each["role"], character=each["character"])
                for part in parts
                for each in part["parts"]
            ],
        )


class PeopleEditing:
    """Use cases of editors. `actor` is the account that acts, `expect` the version of the person that it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def table(self, *, query: str | None, page: int, limit: int) -> tuple[list[Any], int]:
        """Return a page of the people by name, and their number."""
        async with self._db.transaction() as session:
            return await people.table(session, query=query, limit=limit, offset=(page - 1) * limit)

    async def read(self, person_id: UUID) -> tuple[Person, list[Credit], Image | None]:
        """Return a person with their credits and their picture; of one who was merged, who they turned out to be."""
        async with self._db.transaction() as session:
            person = await people.get(session, person_id)
            if person is None:
                raise PersonNotFound
            return await _whole(session, person)

    async def audit(self, person_id: UUID, limit: int) -> list[AuditItem]:
        """Return a person's edits, the newest first; those of one who was removed too."""
        async with self._db.transaction() as session:
            found = await log.entries(session, person_id, limit)
            if not found and await people.get(session, person_id) is None:
                raise PersonNotFound
            return found

    async def create(self, body: NewPerson, actor: UUID) -> tuple[Person, list[Credit], Image | None]:
        """Add a person."""
        now = self._clock.now()
        person = Person(
            id=new_id(), name=" ".join(body.name.split()), sort_name=sort_name(body.name, ""),
            other_names=domain.distinct(body.other_names), biography=body.biography,
            texts=body.model_dump(exclude_none=True)["texts"], version=1, created_at=now,
            changed_at=now,
        )  # fmt: skip
        async with self._db.transaction() as session:
            session.add(person)
            await session.flush()
            await people.claim(session, person.name, person.id)
            await _audit(session, person, "create", actor, None, _facts(person), now)
            return await _whole(session, person)

    async def change(
        self, person_id: UUID, body: PersonPatch, actor: UUID, expect: int | None
    ) -> tuple[Person, list[Credit], Image | None]:
        """Change fields of a person who is at version `expect`; every title that credits them tells of it."""
        async with self._db.transaction() as session:
            told = body.name is not None or body.other_names is not None
            async with self._held(
                session, person_id, actor=actor, action="change_person", told=told, name=body.name
            ) as held:
                person = held[0]
                check_version(person, expect)
                assign(person, body)
                person.name = " ".join(person.name.split())
                person.other_names = domain.distinct(person.other_names)
                person.sort_name = sort_name(person.name, "")
            return await _whole(session, person)

    async def merge(
        self, person_id: UUID, into: UUID, actor: UUID, expect: int | None = None
    ) -> tuple[Person, list[Credit], Image | None]:
        """Make two people one: `into` has both names and all credits from now on, and the other's id leads to them."""
        if person_id == into:
            raise SamePerson
        async with self._db.transaction() as session:
            handed: dict[str, Any] = {}
            async with self._held(
                session, person_id, into, actor=actor, action="merge_people", told=True, handed=handed
            ) as held:
                other, person = held
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
            return await _whole(session, person)

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
            async with self._held(session, survivor.id, actor=actor, action="split_people", told=True) as held:
                person = held[0]
                check_version(person, expect)
                other = await people.hold_merged(session, person_id, person.id)
                if other is None:  # somebody was quicker
                    raise NotMerged
                before = _facts(other)
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
                other.merged_into, other.version, other.changed_at = None, other.version + 1, self._clock.now()
                await _audit(session, other, "split_people", actor, before, _facts(other), other.changed_at)
            return await _whole(session, other)

    async def _hand_portrait_back(self, session: AsyncSession, person_id: UUID, to: UUID, url: str | None) -> None:
        if url is None:
            return
        shown = await people.portrait(session, person_id)
        if shown is not None and artwork.url("portrait", shown.variants) == url:
            await people.hand_over_portrait(session, person_id, to)
        elif kept := await loose.former(session, url.removeprefix("/")):
            values = {**kept, "owner_id": to, "kind": people.PORTRAIT, "updated_at": self._clock.now()}
            await titles.put_image(session, values)

    async def remove(self, person_id: UUID, actor: UUID, expect: int | None = None) -> None:
        """Remove a person whom nothing credits, and with them whoever was merged into them."""
        async with self._db.transaction() as session:
            person = await people.hold(session, person_id)
            if person is None:
                raise PersonNotFound
            check_version(person, expect)
            if used := await people.titles_of(session, person_id):
                raise PersonCredited(titles=used[:10])
            person.version += 1
            shown = await people.portrait(session, person_id)
            facts = _facts(person) | ({"portrait": artwork.url("portrait", shown.variants)} if shown else {})
            merged = await people.merged(session, person_id)
            facts["merged"] = [
                {**_facts(item), "id": item.id, "version": item.version, "created_at": item.created_at.isoformat()}
                for item in merged
            ]
            facts["spellings"] = await people.spellings(session, person_id)
            await _audit(session, person, "remove", actor, facts, None, self._clock.now())
            # Before the person: so their picture is kept as long as they may show it again.
            if shown:
                await session.delete(shown)
            for item in merged:
                await session.delete(item)
            await session.flush()
            await session.delete(person)

    async def restore(self, person_id: UUID, actor: UUID) -> tuple[Person, list[Credit], Image | None]:
        """Bring back a person who was removed, as they were; where their name means somebody else by now it goes on doing so."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            removed = await deletion(session, person_id, PersonNotFound)
            person = Person(
                id=person_id, sort_name=sort_name(removed.before["name"], ""), version=removed.version + 1,
                created_at=removed.created_at, changed_at=now,
                texts=removed.before.get("texts", {}),
                **{name: removed.before[name] for name in ("name", "other_names", "biography")},
            )  # fmt: skip
            session.add(person)
            try:
                await session.flush()
            except IntegrityError:  # somebody else was quicker
                raise NotDeleted from None
            for item in removed.before.get("merged", []):
                session.add(
                    Person(
                        id=UUID(item["id"]), sort_name=sort_name(item["name"], ""), version=item["version"],
                        created_at=datetime.fromisoformat(item["created_at"]), changed_at=now, merged_into=person_id,
                        **{name: item[name] for name in ("name", "other_names", "biography", "texts")},
                    )
                )  # fmt: skip
            await session.flush()
            for spelling in sorted({person.name, *removed.before.get("spellings", [])}):
                await people.claim(session, spelling, person.id)
            url = removed.before.get("portrait")
            if url and (shown := await loose.former(session, url.removeprefix("/"))):
                await titles.put_image(
                    session, {**shown, "owner_id": person_id, "kind": people.PORTRAIT, "updated_at": now}
                )
            await _audit(session, person, "restore", actor, None, _facts(person), now)
            return await _whole(session, person)

    @asynccontextmanager
    async def _held(
        self,
        session: AsyncSession,
        *ids: UUID,
        actor: UUID,
        action: str,
        told: bool,
        name: str | None = None,
        handed: dict[str, Any] | None = None,
    ) -> AsyncIterator[list[Person]]:
        """Hold people; where titles tell of the change (`told`) those that credit them first, and between the new `name`.

        `handed`: what the first of them gives to another, as the log keeps it beside how they were.
        """
        now = self._clock.now()
        wanted = await people.titles_of(session, *ids) if told else []
        while True:
            async with session.begin_nested() as attempt:
                persons = await self._all_held(session, ids, wanted, name)
                before, wanted = set(wanted), await people.titles_of(session, *ids) if told else []
                if before.issuperset(wanted):
                    break
                # Some came to credit them meanwhile. Who edits these may be waiting for the people we hold: all is let go of, and
                # taken again in its order.
                await attempt.rollback()

        async def tell(events: Sequence[TitleChanged]) -> None:
            crowd = {"crowd": len(events) > CROWD}
            await outbox.add(session, *(event.model_copy(update=crowd) for event in events))

        async with edit_many(session, before, action=action, actor=actor, now=now, tell=tell, touch=True) as edits:
            facts = [_facts(person) for person in persons]
            yield persons
            for person, known in zip(persons, facts, strict=True):
                if (after := _facts(person)) != known:
                    person.version, person.changed_at = person.version + 1, now
                    if handed and person is persons[0]:
                        known |= {"handed": handed}
                    await _audit(session, person, action, actor, known, after, now)
            wholes = await titles.load_all(session, [editing.title for editing in edits])
            for editing in edits:
                credits.refresh_names(editing.title, wholes[editing.title.id].credits)

    async def _all_held(
        self, session: AsyncSession, ids: Sequence[UUID], titles_first: Sequence[UUID], name: str | None
    ) -> list[Person]:
        """Hold titles, then the name, then the people, in the order that everybody keeps; return the people as named."""
        await titles.lock_all(session, titles_first)
        if name is not None and await people.get(session, ids[0]):
            await people.claim(session, " ".join(name.split()), ids[0])
        found = {each: await people.hold(session, each) for each in sorted(ids)}
        persons = [person for each in ids if (person := found[each])]
        if len(persons) < len(ids):
            raise PersonNotFound
        return persons


def check_version(person: Person, expect: int | None) -> None:
    """Raise `PersonChanged` unless a person is at the version that is expected, if any is."""
    if expect is not None and person.version != expect:
        raise PersonChanged(version=person.version)


async def _whole(session: AsyncSession, person: Person) -> tuple[Person, list[Credit], Image | None]:
    await session.flush()
    return person, await people.credits_of(session, person.id), await people.portrait(session, person.id)


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


def _facts(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ("name", "other_names", "biography", "texts", "merged_into")}


async def _audit(
    session: AsyncSession, person: Person, action: str, actor: UUID, before: Any, after: Any, now: datetime
) -> None:
    await titles.write_audit(
        session,
        id=new_id(),
        subject_id=person.id,
        actor=actor,
        action=action,
        version=person.version,
        before=before,
        after=after,
        at=now,
    )
