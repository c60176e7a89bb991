"""What is left to do when a title is taken from viewers: the addresses of its pictures, which many know, lead nowhere any more.

Anybody may read a picture whose name they know, so that edges and browsers can keep it. So the pictures of a title that was
withdrawn get names that nobody knows, and the objects of before are deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.object_store import NoSuchObject, ObjectStore
from services.catalog.models import Image, TitleImage
from services.catalog.repository import lifecycle, loose, titles
from services.catalog.service.sweeping import KEEP

log = telemetry.logger(__name__)

# Until what had the names of before is deleted: a picture that is being put in is named by a row by then.
SETTLES = timedelta(seconds=30)
AGAIN = timedelta(minutes=1)  # until what failed is tried again


class Withdrawals(Loop):
    """A component: each withdrawn title once, however many replicas look; begun again where one was killed."""

    name = "withdrawals"
    every = 5.0

    def __init__(self, db: Database, store: ObjectStore, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._store = store
        self._clock = clock

    async def work(self) -> None:
        while await self._one():
            pass

    async def _one(self) -> bool:
        """Do what is next about one title; say whether there was one."""
        async with self._db.background() as session:
            found = await lifecycle.withdrawn(session, self._clock.now())
            if found is None:
                return False
            title_id, renamed = found
            planned = await lifecycle.withdrawal(session, title_id)
            assert planned is not None
            # Nobody else begins with it, and whoever is killed is followed.
            lease = planned.next_at = self._clock.now() + AGAIN
        try:
            await (self._delete(title_id, lease) if renamed else self._rename(title_id, lease))
        except Exception as error:
            log.warning("pictures_not_withdrawn", title_id=str(title_id), reason=f"{type(error).__name__}: {error}")
        return True

    async def _rename(self, title_id: UUID, lease: datetime) -> None:
        """Give every picture a name that nobody knows. A title that is shown again by then keeps the ones it has."""
        async with self._db.background() as session:
            known = [dict(picture.variants) for picture in await lifecycle.pictures(session, title_id)]
        before = await self._store.list(f"images/{title_id}")
        copies: dict[str, str] = {}
        for variants in known:
            copies |= await self._copied(variants)
            until = (
                self._clock.now() + AGAIN
            )  # for the next one: a long series has more of them than one lease is enough for
            async with self._db.background() as session:
                held = await lifecycle.hold_withdrawal(session, title_id, lease, until)
            if not held:
                break
            lease = until
        async with self._db.background() as session:
            title = await titles.lock(session, title_id)
            planned = await lifecycle.withdrawal(session, title_id)
            pictures = await lifecycle.pictures(session, title_id)
            # Withdrawn again meanwhile, it may have names that were not known when this began.
            if title is not None and planned is not None and planned.next_at == lease:
                if title.status == "published" or not before:
                    await session.delete(planned)
                else:
                    planned.gone, planned.next_at = before, self._clock.now() + SETTLES
                if title.status != "published":
                    there = await loose.hold(session, copies.values())
                    for picture in pictures:
                        copied = {
                            width: copies[key] for width, key in picture.variants.items() if copies.get(key) in there
                        }
                        # One that was put in meanwhile has a name that nobody knows, and one that is not there cannot be seen.
                        if copied:
                            picture.variants = copied
            named = _names(pictures)
        for key in copies.values():
            if key not in named:
                await self._store.delete_prefix(key)

    async def _copied(self, variants: dict[str, str]) -> dict[str, str]:
        """Copy the sizes of a picture under another name; return each key's. What is not in the store has none."""
        token, copies = secrets.token_hex(8), dict[str, str]()
        others = {}
        for width, key in variants.items():
            folder, _, name = key.rpartition("/")
            others[key] = f"{folder}/{name.partition('-')[0]}-{token}-{width}.webp"
        async with self._db.background() as session:
            await loose.claim(session, others.values(), KEEP)
        for key, other in others.items():
            try:
                await self._store.put_bytes(other, await self._store.get_bytes(key), "image/webp")
            except NoSuchObject:
                continue
            copies[key] = other
        return copies

    async def _delete(self, title_id: UUID, lease: datetime) -> None:
        """Delete what has the names of before, but for what a picture is called now."""
        async with self._db.background() as session:
            await titles.lock(session, title_id)
            planned = await lifecycle.withdrawal(session, title_id)
            named = _names(await lifecycle.pictures(session, title_id))
            gone = [] if planned is None else [key for key in planned.gone if key not in named]
            await loose.swept(session, gone)  # what was replaced before cannot be taken back either
        for key in gone:
            await self._store.delete_prefix(key)
        async with self._db.background() as session:
            await titles.lock(session, title_id)
            planned = await lifecycle.withdrawal(session, title_id)
            # Withdrawn again meanwhile, it has other names to go.
            if planned is not None and planned.next_at == lease:
                await session.delete(planned)
        log.info("pictures_withdrawn", title_id=str(title_id), objects=len(gone))


def _names(pictures: Iterable[Image | TitleImage]) -> set[str]:
    return {key for picture in pictures for key in picture.variants.values()}
