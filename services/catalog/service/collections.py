"""Collections: what viewers see of them, and what editors make."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.countries import COUNTRIES
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import TablePage
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Invalid, NotFound, PreconditionFailed
from libs.contracts.token import Principal
from services.catalog.languages import say_part
from services.catalog.models import Collection
from services.catalog.repository import collections, titles
from services.catalog.repository.browse import Viewer
from services.catalog.schemas.admin_audit import AuditItem
from services.catalog.schemas.collections import (
    MOST,
    AdminCollection,
    AdminCollectionRow,
    CollectionBody,
    CollectionDetails,
    CollectionRows,
    CollectionTitle,
)
from services.catalog.service import log
from services.catalog.service.browse import card, viewer_of
from services.catalog.service.deleted import NotDeleted, deletion


class CollectionNotFound(NotFound):
    """There is no such collection here."""

    code = "collection_not_found"


class CollectionChanged(PreconditionFailed):
    """Somebody changed this collection since you read it. Reload it and make your change again."""

    code = "version_mismatch"


class RegionsGone(Conflict):
    """This collection was for countries that there are not, and would be shown everywhere now. Make it anew."""

    code = "regions_gone"


class UnknownTitles(Invalid):
    """Some of these titles there are not."""

    code = "unknown_titles"


class CollectionBrowsing:
    """Use cases of viewers with collections."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def rows(self, who: Principal, header: str, each: int) -> CollectionRows:
        """The home page's hand-made rows, `each` of so many titles at most; none that would be empty."""
        viewer = viewer_of(who, self._clock, header)
        found = await collections.rows(self._db, viewer, each)
        grouped = groupby(found, key=lambda row: row["collection_id"])
        return CollectionRows(items=[_details(list(rows), viewer) for _, rows in grouped])

    async def read(self, who: Principal, header: str, collection_id: UUID) -> CollectionDetails:
        """A collection with what this viewer may see of it; one with nothing to see does not exist for them."""
        viewer = viewer_of(who, self._clock, header)
        rows = await collections.cards(self._db, viewer, collection_id, MOST)
        if not rows:
            raise CollectionNotFound
        return _details(rows, viewer)


class CollectionEditing:
    """Use cases of editors with collections. `actor` is the account that acts, `expect` the version it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def table(self, page: int, limit: int) -> TablePage[AdminCollectionRow]:
        """One page of collections."""
        async with self._db.transaction() as session:
            found, total = await collections.table(session, limit, (page - 1) * limit)
        items = [
            AdminCollectionRow(
                id=item.id, version=item.version, name=item.name, home_place=item.home_place, titles=count,
                changed_at=item.changed_at,
            )
            for item, count in found
        ]  # fmt: skip
        return TablePage[AdminCollectionRow](items=items, total=total, page=page, pages=max(1, -(-total // limit)))

    async def read(self, collection_id: UUID) -> AdminCollection:
        """A collection with its titles in whatever status."""
        async with self._db.transaction() as session:
            found = await collections.read(session, collection_id)
            if found is None:
                raise CollectionNotFound
            return await _whole(session, found)

    async def create(self, body: CollectionBody, actor: UUID) -> AdminCollection:
        """Make a collection."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            made = Collection(id=new_id(), version=0, created_at=now)
            session.add(made)
            return await self._put(session, made, body, actor, None)

    async def replace(
        self, collection_id: UUID, body: CollectionBody, actor: UUID, expect: int | None
    ) -> AdminCollection:
        """Make a collection what the body says, its titles and their order too."""
        async with self._db.transaction() as session:
            found = await self._locked(session, collection_id, expect)
            return await self._put(session, found, body, actor, await _whole(session, found))

    async def delete(self, collection_id: UUID, actor: UUID, expect: int | None) -> None:
        """Delete a collection; its titles stay what they are."""
        async with self._db.transaction() as session:
            found = await self._locked(session, collection_id, expect)
            found.version += 1
            await self._keep(session, found, "delete", actor, await _whole(session, found), None)
            await session.delete(found)

    async def restore(self, collection_id: UUID, actor: UUID) -> AdminCollection:
        """Bring back a collection that was deleted as it was, without titles and countries that there are not any more."""
        async with self._db.transaction() as session:
            deleted = await deletion(session, collection_id, CollectionNotFound)
            gone = set(await collections.unknown(session, [UUID(each) for each in deleted.before["title_ids"]]))
            listed = [each for each in deleted.before["title_ids"] if UUID(each) not in gone]
            regions = [each for each in deleted.before["regions"] if each in COUNTRIES]
            if deleted.before["regions"] and not regions:
                raise RegionsGone
            made = Collection(id=collection_id, version=deleted.version, created_at=deleted.created_at)
            session.add(made)
            body = CollectionBody.model_validate({**deleted.before, "title_ids": listed, "regions": regions})
            try:
                return await self._put(session, made, body, actor, None, "restore")
            except IntegrityError:  # somebody else was quicker
                raise NotDeleted from None

    async def audit(self, collection_id: UUID, limit: int) -> list[AuditItem]:
        """Return a collection's edits, the newest first; those of one that was deleted too."""
        async with self._db.transaction() as session:
            found = await log.entries(session, collection_id, limit)
            if not found and await collections.read(session, collection_id) is None:
                raise CollectionNotFound
            return found

    async def _locked(self, session: AsyncSession, collection_id: UUID, expect: int | None) -> Collection:
        found = await collections.lock(session, collection_id)
        if found is None:
            raise CollectionNotFound
        if expect is not None and found.version != expect:
            raise CollectionChanged(version=found.version)
        return found

    async def _put(
        self,
        session: AsyncSession,
        collection: Collection,
        body: CollectionBody,
        actor: UUID,
        before: AdminCollection | None,
        action: str = "create",
    ) -> AdminCollection:
        for name, value in body.model_dump(exclude={"title_ids"}).items():
            setattr(collection, name, value)
        collection.version += 1
        collection.changed_at, collection.changed_by = self._clock.now(), actor
        wanted = list(dict.fromkeys(body.title_ids))
        if unknown := await collections.unknown(session, wanted):
            where = [
                {"loc": ["body", "title_ids"], "msg": f"There is no title {each}.", "type": "unknown"}
                for each in unknown
            ]
            raise UnknownTitles(errors=where)
        await session.flush()
        await collections.put_titles(session, collection.id, wanted)
        await session.flush()
        after = await _whole(session, collection)
        await self._keep(session, collection, "update" if before else action, actor, before, after)
        return after

    async def _keep(
        self,
        session: AsyncSession,
        collection: Collection,
        action: str,
        actor: UUID,
        before: AdminCollection | None,
        after: AdminCollection | None,
    ) -> None:
        """Keep an edit in the log, as those of titles and people are."""
        await titles.write_audit(
            session,
            id=new_id(),
            subject_id=collection.id,
            actor=actor,
            action=action,
            version=collection.version,
            before=_said(before),
            after=_said(after),
            at=self._clock.now(),
        )


def _details(rows: list[Any], viewer: Viewer) -> CollectionDetails:
    first = rows[0]
    own = {"name": first["collection_name"], "description": first["collection_description"]}
    return CollectionDetails(
        id=first["collection_id"],
        **say_part({**own, "part_texts": first["collection_texts"]}, viewer.languages),
        items=[card(row, viewer) for row in rows],
    )


def _said(collection: AdminCollection | None) -> dict[str, Any] | None:
    """Return what an editor said of a collection, as the log keeps it."""
    if collection is None:
        return None
    fields = collection.model_dump(mode="json", include=CollectionBody.model_fields.keys() - {"title_ids"})
    return {**fields, "title_ids": [str(title.id) for title in collection.titles]}


async def _whole(session: AsyncSession, collection: Collection) -> AdminCollection:
    fields = AdminCollection.model_fields.keys() - {"titles"}
    listed = await collections.titles(session, collection.id)
    return AdminCollection(
        **{name: getattr(collection, name) for name in fields},
        titles=[CollectionTitle(id=row.id, name=row.name, status=row.status) for row in listed],
    )
