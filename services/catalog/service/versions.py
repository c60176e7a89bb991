"""The versions of a title: what one said, how two differ, and taking any of it back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Conflict, Invalid, NotFound
from services.catalog.repository import titles
from services.catalog.repository.titles import Whole
from services.catalog.service import snapshot
from services.catalog.service.restoring import Facts, apply, may_come_back
from services.catalog.service.unit_of_work import TitleNotFound, edit
from services.catalog.title_fields import PLAIN


class VersionNotFound(NotFound):
    """This title has no such version, or it is from before versions were kept."""

    code = "version_not_found"


class UnknownField(Invalid):
    """One of these fields is none that can be taken back. `fields` names those that can."""

    code = "unknown_field"


class NothingToTakeBack(Conflict):
    """Nothing of this differs from what the title says now."""

    code = "nothing_to_take_back"


class Versions:
    """Use cases of editors. `actor` is the account that acts."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def diff(self, title_id: UUID, first: int, second: int) -> list[tuple[str, Any, Any]]:
        """Return what differs between two versions: the field, as the first says it, as the second does."""
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            if title is None:
                raise TitleNotFound
            whole = await titles.load(session, title)
            one, other = await _facts_at(session, whole, first), await _facts_at(session, whole, second)
        before, after = snapshot.difference(one, other)
        return [(name, before[name], after[name]) for name in before]

    async def roll_back(
        self, title_id: UUID, version: int, fields: Collection[str], actor: UUID, expect: int | None
    ) -> Whole:
        """Let a title, or some of its fields, say again what they said at a version; a new version comes of it."""
        now = self._clock.now()
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="roll_back", actor=actor, now=now, expect=expect) as editing,
        ):
            then = await _facts_at(session, editing.whole, version)
            here = _plain(snapshot.record(editing.whole))
            differing = {name: then.get(name) for name in {**then, **here} if then.get(name) != here.get(name)}
            said = {*then, *here}
            if unknown := [name for name in fields if name not in said or not may_come_back(name)]:
                back = sorted(filter(may_come_back, differing))
                raise UnknownField(_hint(unknown[0], said), fields=back, unknown=unknown)
            chosen = {name: value for name, value in differing.items() if not fields or name in fields}
            await apply(editing, chosen, then, now)
            # Of what differs some stays as it is: which film is played, the status, pictures that are gone, what came since.
            if _plain(snapshot.record(await titles.load(session, editing.title))) == here:
                raise NothingToTakeBack
        return editing.whole


def _hint(name: str, said: Collection[str]) -> str | None:
    """Return what to ask for instead of a field that cannot be taken back."""
    if name in ("cast", "directors"):
        return f"{name}: comes back with `credits`, which it is made of."
    if parts := sorted(each for each in said if each.startswith(f"{name}.")):
        return f"{name}: there are several; name the one that is meant, as `{parts[0]}`."
    return None


async def _facts_at(session: AsyncSession, whole: Whole, version: int) -> Facts:
    """Return what a title said at a version: what it says now, every edit since taken back. Raises `VersionNotFound`."""
    facts = _plain(snapshot.record(whole))
    if not 1 <= version <= whole.title.version:
        raise VersionNotFound
    # What is told of a title may change where no fact of its own does (a person's other names): such versions have no entry.
    # The log loses its oldest entries first, so that with one from before it has all that came after.
    first, lowest = await titles.oldest_version(session, whole.title.id), whole.title.version
    for item in await titles.edits_after(session, whole.title.id, version):
        facts |= item.before or {}
        lowest = min(lowest, (item.version or 0) - 1)
    if lowest > version and (first is None or first > version):
        raise VersionNotFound
    return {name: value for name, value in facts.items() if value is not None or name in PLAIN}


def _plain(facts: Facts) -> Facts:
    """Return facts as the log has them, in JSON's types."""
    return orjson.loads(orjson.dumps(facts, default=str))  # type: ignore[no-any-return]
