"""All that answers stand on, in this process's memory: the catalogue, what is watched most, and the model that was read."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np

from libs.chassis import telemetry
from libs.chassis.components import Loop, NotWorking
from libs.chassis.data.database import Database
from libs.chassis.problems import Unavailable
from services.recommendation.engine.catalogue import Catalogue, Mask
from services.recommendation.engine.ranking import Ranker, Scores
from services.recommendation.engine.shortlist import Shortlists
from services.recommendation.repository import changes, tastes
from services.recommendation.service.in_use import InUse
from services.recommendation.service.popularity import Popularity

log = telemetry.logger(__name__)

BATCH = 1_000
# What of an entry decides who may see a title.
OF_WHO_SEES = ("maturity", "windows", "availability")
# News comes by NOTIFY; this is for what was told while the connection was being made.
LOOK_AGAIN_SECONDS = 5.0


class NotReady(Unavailable):
    """Recommendations are being prepared. Please try again in a moment."""

    code = "recommendations_not_ready"


@dataclass(frozen=True, slots=True)
class View:
    """Everything as it is at one moment. `popular`: a number for each place of the catalogue; `most`: titles by region."""

    ranker: Ranker
    popular: Scores
    rare: Mask
    most: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    # Of large catalogues.
    shortlists: Shortlists = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shortlists", Shortlists(self.ranker, self.popular))

    @property
    def catalogue(self) -> Catalogue:
        """The titles."""
        return self.ranker.catalogue

    @property
    def version(self) -> str | None:
        """Which model answers; None where titles are compared by what they are about alone."""
        return self.ranker.model.version if self.ranker.model else None

    def without(self, title_ids: Collection[UUID]) -> View:
        """The same, and these titles may be seen by nobody."""
        return replace(self, ranker=self.ranker.over(self.catalogue.without(title_ids)))


class Shelf(Loop):
    """A component: follows the database and hands out views. It answers from the first complete one on."""

    name = "shelf"
    required = True
    every = 0.0

    def __init__(self, db: Database, popularity: Popularity, in_use: InUse) -> None:
        super().__init__()
        self._db, self.popularity, self.in_use = db, popularity, in_use
        self._entries: dict[UUID, Mapping[str, Any]] = {}
        self._position = 0
        # Whether the catalogue is older than the entries.
        self._behind = False
        self._catalogue = Catalogue()
        self._view: View | None = None
        self._made_of: tuple[Any, ...] = ()
        self._news = asyncio.Event()
        in_use.changed = self._news.set
        # One look at a time: each goes on from where the one before ended.
        self.looking = asyncio.Lock()

    @property
    def view(self) -> View:
        """What to answer from. Raises `NotReady` until the catalogue has been read for the first time."""
        if self._view is None:
            raise NotReady(retry_after=2)
        return self._view

    @property
    def position(self) -> int:
        """The number of the newest change that answers know of."""
        return self._position

    async def check(self) -> None:
        await super().check()
        if self._view is None:
            raise NotWorking("degraded: the catalogue is being read")

    async def work(self) -> None:
        """Follow the database until the connection that tells of changes is lost."""
        connection = await self._db.direct()
        try:
            connection.add_termination_listener(lambda *_: self._news.set())
            await connection.add_listener(changes.CHANNEL, self._news_came)
            while not connection.is_closed():
                self._news.clear()
                async with self.looking:
                    await self.look()
                self.well()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_SECONDS)
            raise ConnectionError("the connection that tells of changes was lost")
        finally:
            connection.terminate()

    def _news_came(self, *_: object) -> None:
        self._news.set()
        self.in_use.wake()

    async def look(self) -> None:
        """Take in what changed, and make a new view where anything did. What one look cannot do the next one does."""
        unseen = await self._follow()
        if self._view is not None and unseen:
            # A whole new catalogue takes its time; what may be seen no more is gone before.
            self._view = self._view.without(unseen)
        if self._behind:
            self._catalogue = await asyncio.to_thread(catalogue_of, list(self._entries.items()))
            self._behind = False
        most = {
            row["region"]: [UUID(each["title_id"]) for each in row["titles"]] for row in await tastes.trending(self._db)
        }
        before, made_of = self._view, (self._catalogue, self.in_use.model, self.popularity.counts)
        if before is None or not _same(made_of, self._made_of) or most != before.most:
            ranker = (
                before.ranker
                if before is not None and _same(made_of[:2], self._made_of[:2])
                else await asyncio.to_thread(Ranker, *made_of[:2])
            )
            popular = self._popular(made_of[2])
            self._view, self._made_of = View(ranker, popular, rare(popular), most), made_of

    async def _follow(self) -> set[UUID]:
        """Take in what changed; return the titles of which what was known of who may see them holds no more."""
        unseen: set[UUID] = set()
        if await changes.newest(self._db) < self._position:
            # The database is an older one, put back: what it numbers anew would be taken for known.
            unseen, self._entries, self._position, self._behind = set(self._entries), {}, 0, True
        while rows := await changes.after(self._db, self._position, BATCH):
            self._behind = True
            for row in rows:
                title_id, before = row["title_id"], self._entries.get(row["title_id"])
                if row["status"] == "published":
                    self._entries[title_id] = row["entry"]
                    if before is not None and any(before.get(name) != row["entry"].get(name) for name in OF_WHO_SEES):
                        unseen.add(title_id)
                elif self._entries.pop(title_id, None) is not None:
                    unseen.add(title_id)
                self._position = row["seq"]
        return unseen

    def _popular(self, counts: Mapping[UUID, float]) -> Scores:
        ordered = (counts.get(title_id, 0.0) for title_id in self._catalogue.ids)
        found: Scores = np.log1p(np.fromiter(ordered, np.float64, len(self._catalogue)))
        return found


def catalogue_of(entries: Sequence[tuple[UUID, Mapping[str, Any]]]) -> Catalogue:
    """A catalogue of what is understood of the entries: one that is not is left out, and told; it holds up no other."""
    try:
        return Catalogue(entries)
    except Exception:  # whatever is wrong with whichever
        good = []
        for title_id, entry in entries:
            try:
                Catalogue([(title_id, entry)])
            except Exception as error:
                log.error("title_not_understood", title=str(title_id), reason=f"{type(error).__name__}: {error}")
            else:
                good.append((title_id, entry))
        if len(good) == len(entries):
            raise
        return Catalogue(good)


def rare(popular: Scores) -> Mask:
    """What not more watch than half of the catalogue."""
    found: Mask = popular <= np.median(popular) if len(popular) else np.zeros(0, np.bool_)
    return found


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether both are the very same objects."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
