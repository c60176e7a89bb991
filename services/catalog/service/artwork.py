"""Artwork in: made in our sizes, stored under names that never change their content, then pointed at."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.languages import canonical
from libs.chassis.object_store import ObjectStore, StoreAway
from services.catalog import artwork, images
from services.catalog.repository import lifecycle, loose, people, titles
from services.catalog.schemas.admin_media import ImageDetails
from services.catalog.service.people import check_version as check_person
from services.catalog.service.people import taken
from services.catalog.service.sweeping import KEEP
from services.catalog.service.titles import EpisodeNotFound
from services.catalog.service.unit_of_work import TitleNotFound, edit
from services.catalog.service.unit_of_work import check_version as check_title

# How often a picture is stored whose objects went before a row named them: each takes longer than anybody waits.
ATTEMPTS = 3


class _Swept(Exception):
    """What was stored for a picture has been deleted, or is being deleted."""


class ArtworkUploads:
    """Use cases of artwork."""

    def __init__(self, db: Database, store: ObjectStore, clock: Clock) -> None:
        self._db = db
        self._store = store
        self._clock = clock
        # A decoded picture may take 160 MB.
        self._room = asyncio.Semaphore(2)

    async def put_artwork(
        self,
        title_id: UUID,
        kind: str,
        body: AsyncIterator[bytes],
        actor: UUID,
        language: str | None = None,
        expect: int | None = None,
    ) -> ImageDetails:
        """Give a title a poster, backdrop or logo; with a `language` one for that."""
        return await self._put(title_id, title_id, kind, body, actor, expect, language)

    async def put_still(
        self, episode_id: UUID, body: AsyncIterator[bytes], actor: UUID, expect: int | None = None
    ) -> ImageDetails:
        """Give an episode its still."""
        async with self._db.transaction() as session:
            found = await titles.episode(session, episode_id)
        if found is None:
            raise EpisodeNotFound
        return await self._put(found[1], episode_id, "still", body, actor, expect)

    async def put_portrait(
        self, person_id: UUID, body: AsyncIterator[bytes], actor: UUID, expect: int | None = None
    ) -> ImageDetails:
        """Give a person their picture."""
        async with self._db.transaction() as session:
            check_person(await taken(session, person_id), expect)  # before it is stored in vain
        prefix, now = f"images/people/{person_id}", self._clock.now()
        prepared = await self._prepared(body, "portrait")

        async def show(values: dict[str, Any], details: ImageDetails) -> None:
            async with self._db.transaction() as session:
                person = await taken(session, person_id)
                check_person(person, expect)
                before = await people.portrait(session, person_id)
                was = artwork.url("portrait", before.variants) if before else None
                await _name(session, values)
                person.version, person.changed_at = person.version + 1, now
                await titles.write_audit(
                    session, id=new_id(), subject_id=person_id, actor=actor, action="put_portrait",
                    version=person.version, before={"portrait": was}, after={"portrait": details.url}, at=now,
                )  # fmt: skip

        return await self._shown(show, prepared, prefix, person_id, "portrait", now)

    async def _put(
        self,
        title_id: UUID,
        owner: UUID,
        kind: str,
        body: AsyncIterator[bytes],
        actor: UUID,
        expect: int | None,
        language: str | None = None,
    ) -> ImageDetails:
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            if title is None:
                raise TitleNotFound
            check_title(title, expect)
        prefix = f"images/{title_id}" if owner == title_id else f"images/{title_id}/{owner}"
        now = self._clock.now()
        prepared = await self._prepared(body, kind)

        async def show(values: dict[str, Any], _: ImageDetails) -> None:
            if language is not None:
                values |= {"title_id": values.pop("owner_id"), "language": canonical(language)}
            async with (
                self._db.transaction() as session,
                edit(session, title_id, action=f"put_{kind}", actor=actor, now=now, expect=expect) as editing,
            ):
                await _name(editing.session, values)

        return await self._shown(show, prepared, prefix, owner, kind, now, title_id)

    async def _prepared(self, body: AsyncIterator[bytes], kind: str) -> images.Prepared:
        data = await _read(body)
        async with self._room:
            return await asyncio.to_thread(images.prepare, data, kind)

    async def _shown(
        self,
        show: Callable[[dict[str, Any], ImageDetails], Awaitable[None]],
        prepared: images.Prepared,
        prefix: str,
        owner: UUID,
        kind: str,
        now: datetime,
        title_id: UUID | None = None,
    ) -> ImageDetails:
        """Store a picture and have it named; once more under other names where it was so slow that it went meanwhile."""
        for _ in range(ATTEMPTS):
            values, details = await self._stored(prepared, prefix, owner, kind, now, title_id)
            with suppress(_Swept):
                await show(values, details)
                return details
        raise StoreAway

    async def _was_withdrawn(self, title_id: UUID) -> bool:
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            return title is not None and await lifecycle.was_withdrawn(session, title)

    async def _claimed(self, place: str, token: str, widths: Sequence[int]) -> dict[str, str] | None:
        """Return the keys of a picture's sizes, noted as loose until a row names them; None where these are not to be used."""
        variants = {str(width): f"{place}-{token}-{width}.webp" for width in widths}
        async with self._db.transaction() as session:
            claimed = await loose.claim(session, variants.values(), KEEP)
        return variants if claimed else None

    async def _stored(
        self,
        prepared: images.Prepared,
        prefix: str,
        owner: UUID,
        kind: str,
        now: datetime,
        title_id: UUID | None = None,
    ) -> tuple[dict[str, Any], ImageDetails]:
        """Keep a picture's sizes, for a title or a person; return its row and details."""
        unknown = title_id is not None and await self._was_withdrawn(title_id)
        widths, place = list(prepared.variants), f"{prefix}/{kind}"
        variants = None if unknown else await self._claimed(place, prepared.digest, widths)
        # One that was replaced may be on its way out of the store under this name.
        while variants is None:
            variants = await self._claimed(place, secrets.token_hex(8), widths)
        for width, encoded in prepared.variants.items():
            await self._store.put_bytes(variants[str(width)], encoded, "image/webp")
        values = {
            "owner_id": owner, "kind": kind, "variants": variants, "width": prepared.width, "height": prepared.height,
            "color": prepared.color, "blurhash": prepared.blurhash, "updated_at": now,
        }  # fmt: skip
        return values, ImageDetails(
            kind=kind,
            url=artwork.url(kind, variants) or "",
            srcset=artwork.srcset(variants) or "",
            width=prepared.width,
            height=prepared.height,
            color=prepared.color,
            blurhash=prepared.blurhash,
        )


async def _name(session: AsyncSession, values: dict[str, Any]) -> None:
    """Let a row name objects that are there, and stay. Raises `_Swept` where they are about to go."""
    keys = set(values["variants"].values())
    if await loose.hold(session, keys) != keys:
        raise _Swept
    await titles.put_image(session, values)


async def _read(body: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > images.MAX_BYTES:
            raise images.ImageTooLarge
    return bytes(data)
