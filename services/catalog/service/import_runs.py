"""Runs imports, one at a time over all replicas: check every row, make the people, then every title in one transaction.

What a run that was killed leaves behind is progress and people nobody is credited as; the next one begins again. Memory is that
of a piece and a batch, whatever the size of the file, and of its keys: what was checked waits in a table of the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from asyncpg import Connection
from asyncpg.exceptions import IntegrityConstraintViolationError
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from libs.chassis import faults, telemetry, text
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database, is_transient
from libs.chassis.messaging.received import CROWD
from libs.chassis.slugs import name_id
from libs.contracts.catalog import TitleChanged
from services.catalog import domain
from services.catalog.importing.files import Fault, NotUnpacked, Row, csv_rows, json_rows, unpacked
from services.catalog.importing.mapping import LISTS, ImportMapping
from services.catalog.repository import imports, people, titles
from services.catalog.schemas.admin_requests import NewTitle, TextsBody
from services.catalog.schemas.fields import WindowBody
from services.catalog.schemas.people import CreditBody
from services.catalog.service import casting, import_updates, imported

log = telemetry.logger(__name__)

MOST_ROWS = 100_000
BEFORE = (
    "has been imported before; with “existing”: “skip” the mapping leaves such rows out, with “update” it changes them"
)
OLDER = (
    "its title is of version {} by now, and this row of version {}: leave it out, or export that title again, so that nobody’s"
    " edits are lost"
)
SHOWN = text.line(500)
# So many rows are looked at at once, or so much of the file, whichever is less; a row alone may be half as much.
BATCH, BATCH_BYTES = 500, 8_000_000
# More is not listed: of a row, of a file.
ROW_FAULTS, MOST_FAULTS = 20, 10_000
TRIES = 3  # of writing a checked file, where editors were quicker
# So much of a file is read at once.
PIECE_BYTES = 1 << 20
LONGEST_VALUE = 60  # of what stands in a file, where it is repeated
# Somebody took a slug, or removed a person, between a look and the writing: all of it was taken back.
CHANGED_MEANWHILE = (IntegrityConstraintViolationError, IntegrityError, casting.PersonGone)
NOTHING = dict.fromkeys(("rows", "faults", "titles", "skipped", "changed", "to_review"), 0)


@dataclass(frozen=True, slots=True)
class Read:
    """A row as it was read: its key and the title it makes, or what is wrong with it."""

    line: int
    key: str
    body: NewTitle | None
    faults: list[Fault]
    version: int | None = None


class Wanted(NamedTuple):
    """A row that was checked."""

    key: str
    body: NewTitle
    version: int | None


def read(mapping: ImportMapping, row: Row) -> Read:
    """Return what a row makes, every rule of titles that are made by hand applied."""
    key, said, faults = mapping.read(row)
    version: int | None = None
    try:
        version = None if row.faults else mapping.version_of(row)
    except ValueError as error:
        faults = [*faults, Fault(row.line, mapping.version, str(error))]
    if faults:
        return Read(row.line, key, None, faults)
    try:
        body = NewTitle.model_validate(said)
        for name in LISTS:
            setattr(body, name, domain.distinct(getattr(body, name)))
        for credit in body.credits:
            credit.name = " ".join(credit.name.split()) if credit.name else None
        return Read(row.line, key, body, [], version)
    except ValidationError as error:
        return Read(row.line, key, None, [_fault(mapping, row.line, item) for item in error.errors(include_url=False)])


def _fault(mapping: ImportMapping, line: int, error: Mapping[str, Any]) -> Fault:
    """Return what a title's rules say against a row: where in the title, what stands there, and what should."""
    place = [part for part in error["loc"] if part != "[key]"]
    value, said = error["input"], faults.said(error)
    if isinstance(value, str | int | float) and error["type"] not in ("missing", "extra_forbidden"):
        said = f"“{_json(value)[:LONGEST_VALUE]}” {said}"
    where = ".".join(map(str, place))
    return Fault(line, mapping.column_of(str(place[0])) if place else None, f"{where}: {said}" if where else said)


def _json(value: str | float) -> str:
    """Return a value as the file may have it: in JSON a truth is no name of Python's."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _batch(mapping: ImportMapping, rows: Iterator[Row]) -> list[Read]:
    """Return the next rows: `BATCH` of them, or fewer large ones."""
    found, size = [], 0
    for row in rows:
        made = read(mapping, row)
        found.append(replace(made, faults=_few(made.faults)))
        size += row.size
        if len(found) >= BATCH or size >= BATCH_BYTES:
            break
    return found


def _few(faults: list[Fault]) -> list[Fault]:
    """Return the faults of one row, and in place of very many of them how many there are."""
    if len(faults) <= ROW_FAULTS:
        return faults
    kept = faults[: ROW_FAULTS - 1]
    return [*kept, Fault(faults[0].line, None, f"has {len(faults) - len(kept):,} more faults")]


def _body(said: dict[str, Any]) -> NewTitle:
    """Return a row that was checked, as it was kept."""
    credits = [
        CreditBody.model_construct(**{**item, "person_id": item["person_id"] and UUID(item["person_id"])})
        for item in said["credits"]
    ]
    windows = [WindowBody.model_validate(item) for item in said["windows"]]
    texts = {tag: TextsBody.model_construct(**item) for tag, item in said["texts"].items()}
    return NewTitle.model_construct(**{**said, "credits": credits, "windows": windows, "texts": texts})


async def _strangers(connection: Connection, mapping: ImportMapping, batch: Sequence[Read]) -> list[Fault]:
    """Return the faults of rows that credit somebody by nothing but an id that nobody has."""
    named = [
        (item.line, n, credit.person_id)
        for item in batch
        for n, credit in enumerate(item.body.credits if item.body else ())
        if credit.person_id and not credit.name
    ]
    here = await imports.people_by_id(connection, sorted({person for *_, person in named}))
    column = mapping.column_of("credits")
    faults = [
        Fault(line, column, f"credits.{n}: there is no person {person}, and no name is given")
        for line, n, person in named
        if person not in here
    ]
    return [each for _, of_a_row in groupby(faults, lambda fault: fault.line) for each in _few(list(of_a_row))]


def _written(fault: Fault) -> tuple[int, str | None, str]:
    """Return a fault as it can be kept, whatever the file has in what it quotes."""
    return fault.line, fault.column and SHOWN.cleaned(fault.column), SHOWN.cleaned(fault.message)


def _why(error: Exception) -> str:
    """Return why an import ended, in words for whoever asked for it; the log has the rest."""
    if isinstance(error, import_updates.NotNow | casting.PersonGone):
        return str(error)
    if isinstance(error, CHANGED_MEANWHILE):
        return "others changed the same titles or people while it was written, several times; start it again"
    return "something broke on our side, and nothing was changed; start it again, and tell whoever runs this if it stays so"


class ImportRuns(Loop):
    """A component: takes up what is queued, and what a replica that died had in hand."""

    name = "imports"
    every = 60.0

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._clock = clock

    async def work(self) -> None:
        connection = await self._db.direct()
        try:
            if not await connection.fetchval(imports.LOCK):
                return
            while job := await connection.fetchrow(imports.NEXT):
                await self._take(connection, job)
        finally:
            connection.terminate()

    async def _take(self, connection: Connection, job: Any) -> None:
        try:
            await (self._undo(connection, job) if job["status"] == "undoing" else self._import(connection, job))
        except Exception as error:
            if is_transient(error):
                raise
            log.error("import_failed", import_id=str(job["id"]), reason=str(error))
            # An import that was not undone says of nobody that they undid it.
            ended = (
                {"status": "done", "undone_by": None, "undo_forced": False}
                if job["status"] == "undoing"
                else {"status": "failed"}
            )
            detail = _why(error)
            async with connection.transaction():
                if job["status"] != "undoing":  # people of a file that made no titles go with it
                    await imports.remove_people(connection, job["id"])
                await imports.progress(connection, job["id"], self._clock.now(), detail=detail, **ended)
        self._db.commits += 1
        self._db.outbox_written.set()

    async def _rows(self, connection: Connection, job: Any, mapping: ImportMapping) -> AsyncIterator[list[Read]]:
        """Read the file in batches, beside the event loop."""
        loop = asyncio.get_running_loop()

        def parts() -> Iterator[bytes]:
            for number in range(1, job["parts"] + 1):
                at, more = 0, True
                while more:
                    # Runs in a thread, while the coroutine below waits for it and leaves the connection alone.
                    asking = imports.piece(connection, job["id"], number, at, PIECE_BYTES)
                    data = asyncio.run_coroutine_threadsafe(asking, loop).result()
                    if data is None:
                        raise import_updates.NotNow(f"part {number} of the file is gone; send the file again")
                    yield data
                    at, more = at + len(data), len(data) == PIECE_BYTES

        if mapping.format == "csv":
            rows = csv_rows(unpacked(parts()), mapping.delimiter, mapping.columns, guarded=mapping.guarded)
        else:
            rows = json_rows(unpacked(parts()))
        try:
            while batch := await asyncio.to_thread(_batch, mapping, rows):
                yield batch
        except NotUnpacked as error:
            yield [Read(1, "", None, [Fault(1, None, str(error))])]

    async def _import(self, connection: Connection, job: Any) -> None:
        mapping = ImportMapping.model_validate_json(job["mapping"])
        good, left = await self._check(connection, job, mapping), TRIES
        while good and left:
            left -= 1
            await self._people(connection, job)
            try:
                await self._titles(connection, job, mapping)
                break
            except CHANGED_MEANWHILE:
                if not left:
                    raise
            except import_updates.Overtaken:
                if not left:
                    raise
                good = await self._check(connection, job, mapping)  # which says of each row that it is of before

    async def _check(self, connection: Connection, job: Any, mapping: ImportMapping) -> bool:
        """Look at every row, and keep what titles are made of; return whether they shall be."""
        now = self._clock.now()
        await connection.execute(imports.BEGIN_READING)
        await connection.execute("DELETE FROM import_faults WHERE import_id = $1", job["id"])
        await imports.progress(connection, job["id"], now, status="checking", **NOTHING)
        seen: dict[str, int] = {}
        rows = faults = skipped = made = changed = again = 0
        async for batch in self._rows(connection, job, mapping):
            here = await imports.known(
                connection, mapping.source, [item.key for item in batch if item.key], mapping.known_by
            )
            found: list[Fault] = []
            wanted, new, present = [], 0, list[tuple[int, imports.Known, import_updates.Row]]()
            for item in batch:
                rows += 1
                found += item.faults
                if rows > MOST_ROWS:
                    found.append(Fault(item.line, None, f"is one more than the {MOST_ROWS:,} rows a file may have"))
                if item.key in seen:
                    found.append(
                        Fault(item.line, mapping.key, f"“{item.key[:60]}” is the key of line {seen[item.key]} too")
                    )
                elif item.key in here and mapping.existing == "skip":
                    skipped += 1
                elif item.key in here and mapping.existing == "refuse":
                    found.append(Fault(item.line, mapping.key, f"“{item.key[:60]}” {BEFORE}"))
                elif item.body and item.key in here and item.body.type != (kind := here[item.key].type):
                    found.append(
                        Fault(item.line, mapping.column_of("type"), f"its title is a {kind} here, and stays one")
                    )
                elif item.body:
                    wanted.append({"key": item.key, "version": item.version, "said": item.body.model_dump_json()})
                    if title := here.get(item.key):
                        present.append((item.line, title, import_updates.Row(title.id, item.body, item.version)))
                    else:
                        new += 1
                if item.key:
                    seen.setdefault(item.key, item.line)
            found += await _strangers(connection, mapping, batch)
            stale = [each for each in present if each[2].version not in (None, each[1].version)]
            looked = [row for _, _, row in (present if job["dry_run"] else stale)]
            differing = await import_updates.differing(connection, mapping, looked)
            found += [
                Fault(line, mapping.version, OLDER.format(title.version, row.version))
                for line, title, row in stale
                if title.id in differing
            ]
            if stop := faults + len(found) >= MOST_FAULTS:
                found = found[: MOST_FAULTS - faults - 1]
                found.append(
                    Fault(
                        batch[-1].line, None, f"is as far as this file was read: it has {MOST_FAULTS:,} faults, or more"
                    )
                )
            made, changed = made + new, changed + len(differing)
            again += await import_updates.to_review(connection, job["actor"], differing) if job["dry_run"] else 0
            records = [(job["id"], faults + n, *_written(fault), now) for n, fault in enumerate(found, 1)]
            await imports.write_faults(connection, records)
            faults += len(found)
            if not (faults or job["dry_run"]):
                await imports.copy(connection, "wanted", wanted)
            done = {"rows": rows, "faults": faults, "skipped": skipped}
            await imports.progress(connection, job["id"], self._clock.now(), **done)
            if stop or rows > MOST_ROWS:
                break
        if not rows:
            await imports.write_faults(connection, [(job["id"], 1, 1, None, "there are no rows in this file", now)])
            faults = 1
        if faults or job["dry_run"]:
            status = "refused" if faults else "checked"
            would = {} if faults else {"titles": made, "changed": changed, "to_review": again}
            async with connection.transaction():
                # Those of a run that was killed, or whom an editor overtook.
                await imports.remove_people(connection, job["id"])
                await imports.progress(connection, job["id"], self._clock.now(), status=status, faults=faults, **would)
            return False
        await imports.progress(connection, job["id"], self._clock.now(), status="importing")
        return True

    async def _wanted(self, connection: Connection) -> AsyncIterator[list[Wanted]]:
        """Return what was kept of the file, in batches."""
        after = 0
        while rows := await connection.fetch(imports.WANTED, after, BATCH, BATCH_BYTES):
            yield [Wanted(row["key"], _body(orjson.loads(row["said"])), row["version"]) for row in rows]
            after = rows[-1]["n"]

    async def _people(self, connection: Connection, job: Any) -> None:
        """Make the people and genres first and for good: nobody who edits has to wait for the whole file because of a name."""
        async for batch in self._wanted(connection):
            bodies = [item.body for item in batch]
            here = await imports.people_by_id(connection, sorted(casting.ids(bodies)))
            names = casting.names(bodies, here)
            named = {name for body in bodies for name in body.genres}
            genres = {slug: name for name in named if (slug := name_id(name))}
            now = self._clock.now()
            async with self._db.background() as session:
                await titles.ensure_genres(session, genres)
                meant = await people.ensure(session, names, now) if names else {}
                await imports.keep_people(session, job["id"], list(meant.values()), now)

    async def _titles(self, connection: Connection, job: Any, mapping: ImportMapping) -> None:
        made, changed, again, now = 0, 0, 0, self._clock.now()
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = on")
            await connection.execute(imports.BEGIN_TELLING)
            async for wanted in self._wanted(connection):
                here = await imports.known(connection, mapping.source, [item.key for item in wanted], mapping.known_by)
                new = [(item.key, item.body) for item in wanted if item.key not in here]
                tables = await imported.tables(connection, job["id"], job["actor"], mapping, new, now)
                for table, rows in tables.items():
                    await imports.copy(connection, table, rows)
                made += len(new)
                if here:
                    known = [
                        import_updates.Row(here[item.key].id, item.body, item.version)
                        for item in wanted
                        if item.key in here
                    ]
                    more = await import_updates.update(connection, job["id"], job["actor"], mapping, known, now)
                    changed, again = changed + more[0], again + more[1]
            # What a file brings is a crowd, however few there are.
            await connection.execute(imports.TELL, 0, timeout=300)
            await connection.execute("DELETE FROM import_parts WHERE import_id = $1", job["id"])
            did = {"titles": made, "changed": changed, "to_review": again}
            await imports.progress(connection, job["id"], self._clock.now(), status="done", **did)
        log.info("imported", import_id=str(job["id"]), titles=made, changed=changed)

    async def _undo(self, connection: Connection, job: Any) -> None:
        """Remove everything an import made, give back what it changed, or nothing: also when somebody has edited a title."""
        now, gone = self._clock.now(), 0
        by = job["undone_by"] or job["actor"]
        async with connection.transaction():
            await connection.execute(imports.BEGIN_TELLING)
            back = await import_updates.give_back(connection, job["id"], by, now, force=job["undo_forced"])
            while rows := await connection.fetch(imports.UNDO, job["id"], BATCH):
                if not job["undo_forced"] and (edited := [row["id"] for row in rows if row["version"] > 1]):
                    raise import_updates.EditedMeanwhile(
                        f"title {edited[0]} was edited meanwhile; undo with force to lose that edit"
                    )
                shown = [row for row in rows if row["published_at"] is not None]
                await imports.copy(connection, "told", [imported.told(_gone(row, now)) for row in shown])
                await imports.remove(connection, [row["id"] for row in rows], by, now)
                gone += len(rows)
            await connection.execute(imports.TELL, CROWD, timeout=300)
            await imports.remove_people(connection, job["id"])
            await imports.progress(connection, job["id"], now, status="undone", undone_at=now)
        log.info("import_undone", import_id=str(job["id"]), titles=gone, given_back=back)


def _gone(row: Any, now: datetime) -> TitleChanged:
    """Return the last that is told of a title that was removed."""
    return TitleChanged(
        title_id=row["id"],
        version=row["version"] + 1,
        type=row["type"],
        status="archived",
        name=row["name"],
        changed_at=now,
    )
