"""What staff do with imports: announce a file, send it in parts, have it checked or imported, undo it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, NotFound, TooLarge
from libs.contracts.token import SUPER_ADMIN, Principal
from services.catalog.models import Import, ImportFault
from services.catalog.repository import accounts, imports
from services.catalog.schemas.imports import NewImport
from services.catalog.settings import Settings

PART_BYTES = 8 * 1024 * 1024
FIRST_FAULTS = 20


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import_not_found"


class PartTooLarge(TooLarge):
    """A part of a file may have 8 MiB. Send it in more parts."""

    code = "part_too_large"


class ImportRunning(Conflict):
    """The import's status does not allow this."""

    code = "import_status"


class ImportUndone(Conflict):
    """This import was undone already."""

    code = "import_undone"


class PartsMissing(Conflict):
    """Some parts of the file have not arrived, or more than were announced. Send those that are missing."""

    code = "parts_missing"


class ImportEdited(Conflict):
    """Titles of this import have been edited since. Undo it with `force` to lose these edits too."""

    code = "import_edited"


class NotYoursToPublish(Forbidden):
    """This mapping publishes titles that nobody has approved. Import them as drafts, or ask a super admin to import them."""

    code = "not_yours_to_publish"


class Importing:
    """Use cases of staff. `wake` tells whoever runs imports that there is one."""

    def __init__(self, db: Database, clock: Clock, settings: Settings, wake: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._review_required = settings.review_required
        self._wake = wake

    async def create(self, body: NewImport, who: Principal) -> Import:
        """Announce a file."""
        if self._review_required and body.mapping.publish == "listed" and SUPER_ADMIN not in who.roles:
            raise NotYoursToPublish
        now = self._clock.now()
        mapping = body.mapping.model_dump(mode="json")
        made = Import(
            id=new_id(), actor=who.account_id, file_name=body.file_name, mapping=mapping, status="waiting", dry_run=False,
            parts=0, rows=0, faults=0, titles=0, skipped=0, changed=0, to_review=0, detail="", created_at=now, changed_at=now,
        )  # fmt: skip
        async with self._db.transaction() as session:
            session.add(made)
        return made

    async def put_part(self, import_id: UUID, number: int, body: AsyncIterator[bytes]) -> None:
        """Keep a part of a file that is not being imported yet; the same part again takes its place."""
        data = bytearray()
        async for chunk in body:
            data += chunk
            if len(data) > PART_BYTES:
                raise PartTooLarge
        async with self._db.transaction() as session:
            found = await imports.get(session, import_id, hold=True)
            if found is None:
                raise ImportNotFound
            if found.status not in ("waiting", "refused", "checked", "failed"):
                raise ImportRunning(import_status=found.status)
            await imports.put_part(session, import_id, number, bytes(data), self._clock.now())
            found.status, found.changed_at = "waiting", self._clock.now()

    async def start(self, import_id: UUID, parts: int, *, dry_run: bool) -> Import:
        """Have a file checked, and imported unless it is a dry run."""
        async with self._db.transaction() as session:
            found = await imports.get(session, import_id, hold=True)
            if found is None:
                raise ImportNotFound
            if found.status not in ("waiting", "checked", "failed"):
                raise ImportRunning(import_status=found.status)
            if (there := await imports.part_numbers(session, import_id)) != list(range(1, parts + 1)):
                raise PartsMissing(received=there)
            self._queue(found, "queued", self._clock.now())
            found.parts, found.dry_run = parts, dry_run
        self._wake()
        return found

    async def undo(self, import_id: UUID, who: Principal, *, force: bool) -> Import:
        """Have everything that an import made removed, and what it changed as it was."""
        async with self._db.transaction() as session:
            found = await imports.get(session, import_id, hold=True)
            if found is None:
                raise ImportNotFound
            if found.status in ("undoing", "undone"):
                raise await self._undone(session, found)
            if found.status != "done":
                raise ImportRunning(import_status=found.status)
            if not force and (edited := await imports.edited_since(session, import_id, 10)):
                raise ImportEdited(titles=edited)
            self._queue(found, "undoing", self._clock.now())
            found.undone_by, found.undone_at, found.undo_forced = who.account_id, None, force
        self._wake()
        return found

    async def _undone(self, session: AsyncSession, found: Import) -> ImportUndone:
        name = (await accounts.names(session, [found.undone_by])).get(found.undone_by)
        by = f" by {name}" if name else ""
        when = (
            f"was undone already{by}, at {found.undone_at:%Y-%m-%d %H:%M} UTC"
            if found.undone_at
            else f"is being undone{by}"
        )
        return ImportUndone(
            f"This import {when}.", undone_by=found.undone_by, undone_by_name=name, undone_at=found.undone_at
        )

    def _queue(self, found: Import, status: str, now: datetime) -> None:
        found.status, found.changed_at, found.detail = status, now, ""

    async def read(self, import_id: UUID) -> tuple[Import, list[ImportFault]]:
        """Return an import and the first of its faults."""
        return (await self.faults(import_id, limit=FIRST_FAULTS, page=1))[:2]

    async def faults(self, import_id: UUID, *, limit: int, page: int) -> tuple[Import, list[ImportFault]]:
        """Return an import and a page of its faults."""
        async with self._db.transaction() as session:
            found = await imports.get(session, import_id)
            if found is None:
                raise ImportNotFound
            return found, await imports.faults(session, import_id, limit=limit, offset=(page - 1) * limit)

    async def table(self, *, limit: int, page: int) -> tuple[list[Import], int]:
        """Return a page of the imports, the newest first, and their number."""
        async with self._db.transaction() as session:
            return await imports.table(session, limit=limit, offset=(page - 1) * limit)
