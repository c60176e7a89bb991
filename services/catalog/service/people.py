"""What viewers read of people, and what editors do with them: add, change, remove. `merging` makes two of them one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
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
from services.catalog.origins import Origins
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


class PersonMerged(Conflict):
    """This person was merged into another one (`into`). Change that one, or take the merge back first."""

    code = "person_merged"


class PersonChanged(PreconditionFailed):
    """Somebody changed this person since you read them. Reload them and make your change again."""

    code = "version_mismatch"


class PersonCredited(Conflict):
    """Titles credit this person. Take their credits away, or merge them into somebody else."""

    code = "person_credited"


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
            return await whole(session, person)

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
            await audited(session, person, "create", actor, None, facts_of(person), now)
            return await whole(session, person)

    async def change(
        self, person_id: UUID, body: PersonPatch, actor: UUID, expect: int | None
    ) -> tuple[Person, list[Credit], Image | None]:
        """Change fields of a person who is at version `expect`; every title that credits them tells of it."""
        async with self._db.transaction() as session:
            told = body.name is not None or body.other_names is not None
            async with held(
                session,
                person_id,
                actor=actor,
                action="change_person",
                told=told,
                now=self._clock.now(),
                name=body.name,
            ) as persons:
                person = persons[0]
                check_version(person, expect)
                assign(person, body)
                person.name = " ".join(person.name.split())
                person.other_names = domain.distinct(person.other_names)
                person.sort_name = sort_name(person.name, "")
            return await whole(session, person)

    async def remove(self, person_id: UUID, actor: UUID, expect: int | None = None) -> None:
        """Remove a person whom nothing credits, and with them whoever was merged into them."""
        async with self._db.transaction() as session:
            person = await taken(session, person_id)
            check_version(person, expect)
            if used := await people.titles_of(session, person_id):
                raise PersonCredited(titles=used[:10])
            person.version += 1
            shown = await people.portrait(session, person_id)
            facts = facts_of(person) | ({"portrait": artwork.url("portrait", shown.variants)} if shown else {})
            merged = await people.merged(session, person_id)
            brought = await people.origins(session, person_id, *(item.id for item in merged))
            facts["origins"] = {str(each): asdict(origins) for each, origins in brought.items()}
            facts["merged"] = [
                {**facts_of(item), "id": item.id, "version": item.version, "created_at": item.created_at.isoformat()}
                for item in merged
            ]
            facts["spellings"] = await people.spellings(session, person_id)
            await audited(session, person, "remove", actor, facts, None, self._clock.now())
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
            for each, brought in removed.before.get("origins", {}).items():
                await people.put_origins(session, UUID(each), Origins(**brought))
            for spelling in sorted({person.name, *removed.before.get("spellings", [])}):
                await people.claim(session, spelling, person.id)
            url = removed.before.get("portrait")
            if url and (shown := await loose.former(session, url.removeprefix("/"))):
                await titles.put_image(
                    session, {**shown, "owner_id": person_id, "kind": people.PORTRAIT, "updated_at": now}
                )
            await audited(session, person, "restore", actor, None, facts_of(person), now)
            return await whole(session, person)


@asynccontextmanager
async def held(
    session: AsyncSession,
    *ids: UUID,
    actor: UUID,
    action: str,
    told: bool,
    now: datetime,
    name: str | None = None,
) -> AsyncIterator[list[Person]]:
    """Hold people; where titles tell of the change (`told`) those that credit them first, and between the new `name`."""
    wanted = await people.titles_of(session, *ids) if told else []
    while True:
        async with session.begin_nested() as attempt:
            persons = await _all_held(session, ids, wanted, name)
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
        facts = [facts_of(person) for person in persons]
        yield persons
        for person, known in zip(persons, facts, strict=True):
            if (after := facts_of(person)) != known:
                person.version, person.changed_at = person.version + 1, now
                await audited(session, person, action, actor, known, after, now)
        wholes = await titles.load_all(session, [editing.title for editing in edits])
        for editing in edits:
            credits.refresh_names(editing.title, wholes[editing.title.id].credits)


async def _all_held(
    session: AsyncSession, ids: Sequence[UUID], titles_first: Sequence[UUID], name: str | None
) -> list[Person]:
    """Hold titles, then the name, then the people, in the order that everybody keeps; return the people as named."""
    await titles.lock_all(session, titles_first)
    if name is not None and await people.get(session, ids[0]):
        await people.claim(session, " ".join(name.split()), ids[0])
    found = {each: await taken(session, each) for each in sorted(ids)}
    return [found[each] for each in ids]


async def taken(session: AsyncSession, person_id: UUID) -> Person:
    """Return a person whom nobody else changes until this transaction ends. Raises `PersonNotFound`, `PersonMerged`."""
    if person := await people.hold(session, person_id):
        return person
    if survivor := await people.get(session, person_id):
        raise PersonMerged(into=survivor.id)
    raise PersonNotFound


def check_version(person: Person, expect: int | None) -> None:
    """Raise `PersonChanged` unless a person is at the version that is expected, if any is."""
    if expect is not None and person.version != expect:
        raise PersonChanged(version=person.version)


async def whole(session: AsyncSession, person: Person) -> tuple[Person, list[Credit], Image | None]:
    """A person with their credits and their picture."""
    await session.flush()
    return person, await people.credits_of(session, person.id), await people.portrait(session, person.id)


def facts_of(person: Person) -> dict[str, Any]:
    """What the log keeps of a person."""
    return {name: getattr(person, name) for name in ("name", "other_names", "biography", "texts", "merged_into")}


async def audited(
    session: AsyncSession, person: Person, action: str, actor: UUID, before: Any, after: Any, now: datetime
) -> None:
    """Enter an edit of a person in the log."""
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
