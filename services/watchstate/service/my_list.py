"""My List: one per profile, newest first until the viewer puts it in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import Page, decode_cursor, encode_cursor
from libs.chassis.messaging import outbox
from libs.chassis.problems import Conflict
from libs.contracts.token import Principal
from libs.contracts.watch import ListChanged
from services.watchstate import domain
from services.watchstate.repository import my_list, projections, sync
from services.watchstate.schemas import ListItem, TitleIds
from services.watchstate.service import kept

MAX_TITLES = 1000


class AlreadyInList(Conflict):
    """This title is already in your list."""

    code = "already_in_list"


class ListFull(Conflict):
    """Your list is full: it holds 1,000 titles. Remove some to add others."""

    code = "list_full"


class MyList:
    """Use cases of My List."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def items(self, who: Principal, limit: int, cursor: str | None) -> Page[ListItem]:
        """The list in its order; titles this viewer may not see at the moment are left out and keep their place."""
        now = self._clock.now()
        maturity = await projections.maturity(self._db, who)
        after = _after(cursor) if cursor else None
        shown: list[tuple[Any, domain.Title]] = []
        # One more than asked for, to know whether there is another page; again where some of them may not be shown.
        while len(shown) <= limit:
            rows = await my_list.items(self._db, who.profile, after, limit + 1)
            titles = await projections.titles(self._db, [row["title_id"] for row in rows], who)
            shown += [
                (row, title)
                for row in rows
                if (title := titles.get(row["title_id"])) and title.visible(who.country, maturity, now)
            ]
            if len(rows) <= limit:
                break
            after = rows[-1]["rank"], rows[-1]["title_id"]
        page = shown[:limit]
        following = encode_cursor(page[-1][0]["rank"], page[-1][0]["title_id"]) if len(shown) > limit else None
        return Page[ListItem](items=[_item(row, title) for row, title in page], next_cursor=following)

    async def contained(self, who: Principal, title_ids: Sequence[UUID]) -> TitleIds:
        """Those of these titles that are in the list."""
        return TitleIds(title_ids=await my_list.contained(self._db, who.profile, title_ids))

    async def add(self, who: Principal, title_id: UUID) -> ListItem:
        """Put a title at the top."""
        now = self._clock.now()
        title = await kept.shown(self._db, who, title_id, now)
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if await my_list.size(session, who.profile) >= MAX_TITLES:
                raise ListFull
            if not await my_list.add(session, who.profile, who.account_id, title_id, now):
                raise AlreadyInList
            await self._tell(session, who, "added", title_id)
        return _item({"title_id": title_id, "added_at": now}, title)

    async def remove(self, who: Principal, title_id: UUID) -> None:
        """Take a title out; where it is not in the list nothing happens."""
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if await my_list.remove(session, who.profile, title_id):
                await self._tell(session, who, "removed", title_id)

    async def clear(self, who: Principal) -> None:
        """Empty the list."""
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            if await my_list.clear(session, who.profile):
                await self._tell(session, who, "cleared")

    async def reorder(self, who: Principal, wanted: Sequence[UUID]) -> TitleIds:
        """Put the list in the wanted order, as `domain.reordered` does; return the whole order."""
        async with self._db.transaction() as session:
            await sync.lock(session, who.account_id)
            present = await my_list.order(session, who.profile)
            order = domain.reordered(present, wanted)
            if order != present:
                await my_list.set_order(session, who.profile, order)
                await self._tell(session, who, "reordered")
        return TitleIds(title_ids=order)

    async def _tell(
        self,
        session: AsyncSession,
        who: Principal,
        change: Literal["added", "removed", "reordered", "cleared"],
        title_id: UUID | None = None,
    ) -> None:
        now = self._clock.now()
        event = ListChanged(profile_id=who.profile, account_id=who.account_id, change=change, title_id=title_id, at=now)
        await outbox.add(session, event)
        data = {"change": change, "title_id": title_id, "at": now, "source": who.device_id or who.session_id}
        await sync.append(session, who.account_id, who.profile, "list", data, now)


def _after(cursor: str) -> tuple[int, UUID]:
    rank, title_id = decode_cursor(cursor, int, UUID)
    return rank, title_id


def _item(row: Any, title: domain.Title) -> ListItem:
    availability = "playable" if title.playables else "listed"
    return ListItem(**kept.facts(title), availability=availability, added_at=row["added_at"])
