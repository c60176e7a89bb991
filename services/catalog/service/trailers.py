"""What editors do with the trailers of a title: add, change, put in order, remove."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, NotFound
from services.catalog.models import Trailer
from services.catalog.repository import titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_requests import NewTrailer, TrailerPatch
from services.catalog.service.unit_of_work import TitleNotFound, assign, edit

MOST = 10


class TrailerNotFound(NotFound):
    """There is no such trailer."""

    code = "trailer_not_found"


class TooManyTrailers(Conflict):
    """This title has as many trailers as a title may have. Remove one first."""

    code = "too_many_trailers"


class TrailerEditing:
    """Use cases of editors with trailers. `actor` is the account that acts, `expect` the title's version that it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def read(self, title_id: UUID) -> Whole:
        """Return a title with its trailers."""
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            if title is None:
                raise TitleNotFound
            return await titles.load(session, title)

    async def add(
        self, title_id: UUID, body: NewTrailer, actor: UUID, expect: int | None = None
    ) -> tuple[Whole, Trailer]:
        """Add a trailer after those there are; its film is uploaded for its playable."""
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="add_trailer", actor=actor, now=self._clock.now(), expect=expect) as editing,
        ):
            present = editing.whole.trailers
            if len(present) >= MOST:
                raise TooManyTrailers(limit=MOST)
            trailer = Trailer(
                id=new_id(),
                title_id=title_id,
                playable_id=new_id(),
                position=present[-1].position + 1 if present else 0,
                kind=body.kind,
                name=body.name,
                language=body.language or editing.title.language,
                texts=body.model_dump(exclude_none=True)["texts"],
            )
            session.add(trailer)
        return editing.whole, trailer

    async def change(
        self, trailer_id: UUID, body: TrailerPatch, actor: UUID, expect: int | None = None
    ) -> tuple[Whole, Trailer]:
        """Change what a trailer is, its names or its language."""
        async with self._db.transaction() as session:
            trailer = await titles.trailer(session, trailer_id)
            if trailer is None:
                raise TrailerNotFound
            async with edit(
                session, trailer.title_id, action="change_trailer", actor=actor, now=self._clock.now(), expect=expect
            ) as editing:
                assign(trailer, body)
        return editing.whole, trailer

    async def reorder(self, title_id: UUID, wanted: Sequence[UUID], actor: UUID, expect: int | None = None) -> Whole:
        """Put a title's trailers in an order; those that are not named follow as they were."""
        places = {trailer_id: place for place, trailer_id in reversed(list(enumerate(wanted)))}
        async with (
            self._db.transaction() as session,
            edit(
                session, title_id, action="reorder_trailers", actor=actor, now=self._clock.now(), expect=expect
            ) as editing,
        ):
            present = editing.whole.trailers
            if not places.keys() <= {item.id for item in present}:
                raise TrailerNotFound
            for place, item in enumerate(sorted(present, key=lambda item: places.get(item.id, len(places)))):
                item.position = place
        return editing.whole

    async def remove(self, trailer_id: UUID, actor: UUID, expect: int | None = None) -> None:
        """Take a trailer from its title; whoever watches it is stopped by the news."""
        async with self._db.transaction() as session:
            trailer = await titles.trailer(session, trailer_id)
            if trailer is None:
                raise TrailerNotFound
            async with edit(
                session, trailer.title_id, action="remove_trailer", actor=actor, now=self._clock.now(), expect=expect
            ) as editing:
                # Somebody else may have removed it while this waited for the title.
                if not any(item.id == trailer_id for item in editing.whole.trailers):
                    raise TrailerNotFound
                await session.delete(trailer)
