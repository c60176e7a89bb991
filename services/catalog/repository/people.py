"""People, whom a name means, and their credits.

Whoever needs several locks takes titles first, then spellings, then people, each in order: nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from services.catalog.collation import sort_name
from services.catalog.models import Credit, Image, Person, PersonOrigins, PersonSpelling
from services.catalog.origins import Origins

PORTRAIT = "portrait"


async def get(session: AsyncSession, person_id: UUID) -> Person | None:
    """Return a person as they stand; of one who was merged, the one they were merged into."""
    found = await session.get(Person, person_id, populate_existing=True)
    return await get(session, found.merged_into) if found and found.merged_into else found


async def hold(session: AsyncSession, person_id: UUID) -> Person | None:
    """Return a person nobody else changes until this transaction ends; None also for one who was merged."""
    statement = select(Person).where(Person.id == person_id, Person.merged_into.is_(None))
    # Not a full lock: credits that refer to a person need not wait for it.
    held = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(held)).first()


async def ensure(session: AsyncSession, names: Iterable[str], now: datetime) -> dict[str, UUID]:
    """Return whom each name means; names that nobody has yet become people."""
    wanted = sorted(set(names))
    known = await _known(session, wanted)
    new = {name: new_id() for name in wanted if name not in known}
    if not new:
        return known
    # As arrays, since an import names thousands at a time.
    values = {
        "ids": list(new.values()),
        "names": list(new),
        "sorted": [sort_name(name, "") for name in new],
        "now": now,
    }
    await session.execute(
        text(
            "INSERT INTO people (id, name, sort_name, other_names, biography, version, created_at, changed_at)"
            " SELECT id, name, sort_name, '{}', '', 1, :now, :now FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]),"
            " CAST(:sorted AS text[])) AS u (id, name, sort_name)"
        ),
        values,
    )
    claimed = await session.execute(
        text(
            "INSERT INTO person_spellings (spelling, person_id) SELECT name, id FROM unnest(CAST(:ids AS uuid[]),"
            " CAST(:names AS text[])) AS u (id, name) ORDER BY name ON CONFLICT DO NOTHING RETURNING spelling"
        ),
        values,
    )
    if late := sorted(new.keys() - set(claimed.scalars())):  # somebody else made them in the same moment
        await session.execute(delete(Person).where(Person.id.in_([new.pop(name) for name in late])))
        known |= await _known(session, late)
    return known | new


async def _known(session: AsyncSession, names: Sequence[str]) -> dict[str, UUID]:
    found = text("SELECT spelling, person_id FROM person_spellings WHERE spelling = ANY (CAST(:names AS text[]))")
    rows = await session.execute(found, {"names": list(names)})
    return {row.spelling: row.person_id for row in rows}


async def share(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Return people who keep their names until this transaction ends; by the id asked for, whoever they were merged into."""
    wanted, led = set(ids), dict[UUID, UUID]()
    while True:
        rows = await session.execute(select(Person.id, Person.merged_into).where(Person.id.in_(wanted)))
        before, led = led, {row.id: row.merged_into or row.id for row in rows}
        if led == before:
            break
        # Only these are held, as by who merges and splits: nobody waits for who was merged, and for others meanwhile.
        statement = select(Person).where(Person.id.in_(led.values())).order_by(Person.id).with_for_update(read=True)
        held = {row.id: row for row in await session.scalars(statement, execution_options={"populate_existing": True})}
    return {asked: held[person_id] for asked, person_id in led.items()} if led else {}


async def claim(session: AsyncSession, spelling: str, person_id: UUID) -> None:
    """Let a spelling mean a person, unless it means somebody already."""
    await session.execute(
        insert(PersonSpelling).values(spelling=spelling, person_id=person_id).on_conflict_do_nothing()
    )


async def hand_over(session: AsyncSession, person_id: UUID, to: UUID) -> None:
    """Let every spelling of a person, and whoever was merged into them, mean another one."""
    held = select(PersonSpelling.spelling).where(PersonSpelling.person_id == person_id)
    await session.execute(held.order_by(PersonSpelling.spelling).with_for_update())
    await session.execute(update(PersonSpelling).where(PersonSpelling.person_id == person_id).values(person_id=to))
    await session.execute(update(Person).where(Person.merged_into == person_id).values(merged_into=to))


async def spellings(session: AsyncSession, person_id: UUID) -> list[str]:
    """Return the spellings that mean a person."""
    found = select(PersonSpelling.spelling).where(PersonSpelling.person_id == person_id)
    return list(await session.scalars(found.order_by(PersonSpelling.spelling)))


async def merged(session: AsyncSession, person_id: UUID) -> list[Person]:
    """Return who turned out to be a person, held until this transaction ends."""
    statement = select(Person).where(Person.merged_into == person_id).order_by(Person.id)
    held = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(await session.scalars(held))


async def hand_back(
    session: AsyncSession, person_id: UUID, to: UUID, names: Sequence[str], ids: Sequence[UUID]
) -> None:
    """Let those of some spellings, and of some people, that mean a person mean another one."""
    mine = PersonSpelling.spelling.in_(names), PersonSpelling.person_id == person_id
    held = select(PersonSpelling.spelling).where(*mine)
    await session.execute(held.order_by(PersonSpelling.spelling).with_for_update())
    await session.execute(update(PersonSpelling).where(*mine).values(person_id=to))
    theirs = Person.id.in_(ids), Person.merged_into == person_id
    await session.execute(update(Person).where(*theirs).values(merged_into=to))


async def origins(session: AsyncSession, *ids: UUID) -> dict[UUID, Origins]:
    """Return whose is what some people show, of those of whom it is known."""
    rows = await session.execute(
        select(PersonOrigins.person_id, PersonOrigins.brought).where(PersonOrigins.person_id.in_(ids))
    )
    return {row.person_id: Origins(**row.brought) for row in rows}


async def put_origins(session: AsyncSession, person_id: UUID, brought: Origins | None) -> None:
    """Keep whose is what somebody shows; None: it is all theirs."""
    if brought is None:
        await session.execute(delete(PersonOrigins).where(PersonOrigins.person_id == person_id))
        return
    written = insert(PersonOrigins).values(person_id=person_id, brought=asdict(brought))
    same = {"brought": written.excluded.brought}
    await session.execute(written.on_conflict_do_update(index_elements=["person_id"], set_=same))


async def hand_over_portrait(session: AsyncSession, person_id: UUID, to: UUID) -> None:
    """Let another person show somebody's picture, unless they have one of their own."""
    of = Image.owner_id == person_id, Image.kind == PORTRAIT
    if await portrait(session, to) is None:
        await session.execute(update(Image).where(*of).values(owner_id=to))
    else:
        await session.execute(delete(Image).where(*of))


async def credits_of(session: AsyncSession, person_id: UUID) -> list[Credit]:
    """Return a person's credits."""
    statement = select(Credit).where(Credit.person_id == person_id).order_by(Credit.title_id, Credit.position)
    return list(await session.scalars(statement, execution_options={"populate_existing": True}))


async def titles_of(session: AsyncSession, *ids: UUID) -> list[UUID]:
    """Return the titles that credit any of some people, in the order in which they are locked."""
    statement = select(Credit.title_id).where(Credit.person_id.in_(ids)).distinct().order_by(Credit.title_id)
    return list(await session.scalars(statement))


async def put_credits(
    session: AsyncSession, title_id: UUID, episode_id: UUID | None, rows: Sequence[dict[str, Any]]
) -> None:
    """Give a title, or one of its episodes, these credits instead of those it had, in this order."""
    same: ColumnElement[bool] = Credit.episode_id == episode_id if episode_id else Credit.episode_id.is_(None)
    await session.execute(delete(Credit).where(Credit.title_id == title_id, same))
    if rows:
        owner = {"title_id": title_id, "episode_id": episode_id}
        await session.execute(insert(Credit).values([{**owner, "position": n, **row} for n, row in enumerate(rows)]))


async def portrait(session: AsyncSession, person_id: UUID) -> Image | None:
    """Return a person's picture."""
    return await session.get(Image, (person_id, PORTRAIT), populate_existing=True)


async def table(session: AsyncSession, *, query: str | None, limit: int, offset: int) -> tuple[list[Any], int]:
    """Return one page of the people, by name, each with how many titles credit them; and how many people there are."""
    conditions: list[ColumnElement[bool]] = [Person.merged_into.is_(None)]
    if query is not None:
        named = func.array_to_string(Person.other_names, "\n").icontains(query, autoescape=True)
        conditions.append(or_(Person.name.icontains(query, autoescape=True), named))
    total = (await session.execute(select(func.count()).select_from(Person).where(*conditions))).scalar_one()
    titles = select(func.count(Credit.title_id.distinct())).where(Credit.person_id == Person.id)
    pictures = select(Image.variants).where(Image.owner_id == Person.id, Image.kind == PORTRAIT)
    statement = (
        select(
            *Person.__table__.columns,
            titles.scalar_subquery().label("titles"),
            pictures.scalar_subquery().label("portrait"),
        )
        .where(*conditions)
        .order_by(Person.sort_name, Person.id)
        .limit(limit)
        .offset(offset)
    )
    return list(await session.execute(statement)), total
