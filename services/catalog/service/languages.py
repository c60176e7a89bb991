"""What editors let a title say in other languages."""

from __future__ import annotations

from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.languages import canonical
from libs.chassis.problems import NotFound
from services.catalog.repository import titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_requests import TextsBody
from services.catalog.service.unit_of_work import edit


class LanguageNotFound(NotFound):
    """This title says nothing in that language, and has no pictures for it."""

    code = "language_not_found"


class LanguageEditing:
    """Use cases of editors. `actor` is the account that acts, `expect` the version of the title that it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def put(
        self, title_id: UUID, language: str, body: TextsBody, actor: UUID, expect: int | None = None
    ) -> Whole:
        """Give a title its texts in a language."""
        values = {"title_id": title_id, "language": canonical(language), **body.model_dump()}
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="put_texts", actor=actor, now=self._clock.now(), expect=expect) as editing,
        ):
            await titles.put_text(session, values)
        return editing.whole

    async def remove(self, title_id: UUID, language: str, actor: UUID, expect: int | None = None) -> None:
        """Take a language from a title, its pictures too."""
        of = canonical(language)
        async with (
            self._db.transaction() as session,
            edit(
                session, title_id, action="remove_language", actor=actor, now=self._clock.now(), expect=expect
            ) as editing,
        ):
            said = [item for tag, item in editing.whole.texts.items() if tag == of]
            shown = [item for (tag, _), item in editing.whole.local_images.items() if tag == of]
            if not said and not shown:
                raise LanguageNotFound
            for item in (*said, *shown):
                await session.delete(item)
