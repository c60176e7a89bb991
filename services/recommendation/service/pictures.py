"""Which poster a profile sees of a title: what was learned of them, and what has to be seen before it is used."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.recommendation.engine import pictures as engine
from services.recommendation.engine.pictures import USUAL, Comparison, Learned, Trial, Way
from services.recommendation.engine.rows import Page
from services.recommendation.repository import pictures
from services.recommendation.schemas.choices import Picture
from services.recommendation.service.people import Viewer

SECONDS_OF_A_DAY = 86_400
# Of fewer viewers an interval says nothing.
FEWEST = 200


class TooFew(Exception):
    """Too few viewers were shown posters that were drawn."""


class NotBetter(Exception):
    """It is not certain that posters that are chosen bring more than titles' own: the interval reaches below zero."""


# Counting goes through two months of showings: each replica takes no more of the database's time than a part in so many.
SHARE = 50


class Pictures(Loop):
    """A component: counts every minute what posters brought, or less often where that takes long. Answers never wait for it."""

    name = "pictures"
    every = 60.0
    slowest = 60.0

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db
        self.learned = Learned({})
        # Whether somebody has seen the estimate and accepted it.
        self.accepted = False

    async def work(self) -> float:
        """Count once, and return when to do so again."""
        began = time.monotonic()
        rows = await pictures.counts(self._db)
        self.learned = Learned(
            {(row["title_id"], row["context"], row["picture"]): (row["shown"], row["taken"]) for row in rows}
        )
        self.accepted = await pictures.accepted(self._db)
        return max(self.every, SHARE * (time.monotonic() - began))

    def chosen(self, viewer: Viewer, page: Page, title_ids: Sequence[UUID], way: Way | None) -> dict[UUID, Picture]:
        """The posters of those titles that have several, as this profile sees them today; else their own are meant.

        Nobody is chosen for who did not agree, nor a child; and nobody by what was learned before that was accepted.
        """
        if way is None or not viewer.personal or (way == "chosen" and not self.accepted):
            return {}
        others = page.catalogue.others
        context = max(page.liked.items(), key=lambda each: (each[1], each[0]), default=("", 0.0))[0]
        day = int(viewer.now.timestamp()) // SECONDS_OF_A_DAY
        found = {}
        for title_id in dict.fromkeys(title_ids):
            if title_id in others:
                chances = self.learned.chances(title_id, context, (USUAL, *others[title_id]), way)
                name = engine.drawn(viewer.profile_id, title_id, day, chances)
                found[title_id] = Picture(name=name, chance=chances[name], context=context)
        return found


async def compared(db: Database) -> Comparison:
    """What posters that are chosen would have brought. Raises `TooFew`."""
    rows = await pictures.trials(db)
    numbers: dict[UUID, int] = {}
    trials = [
        Trial(
            numbers.setdefault(row["profile_id"], len(numbers)), row["title_id"], row["context"], row["picture"],
            row["chance"], row["chosen"],
        )
        for row in rows
    ]  # fmt: skip
    if len(numbers) < FEWEST:
        raise TooFew(f"{len(numbers)} viewers were shown posters that were drawn; it takes {FEWEST} to say anything.")
    named = {row["title_id"]: (USUAL, *row["others"]) for row in await pictures.names(db)}
    return engine.compared(trials, named)


async def estimate(db: Database, clock: Clock, *, accept: bool) -> Comparison:
    """Compare, and keep that it was seen; with `accept` posters may be chosen from now on. Raises `TooFew`, `NotBetter`.

    Who only looks ends nothing that was accepted, unless what is chosen has become worse beyond chance.
    """
    found = await compared(db)
    if accept and found.better[1] <= 0:
        raise NotBetter(f"{NotBetter.__doc__} ({found.better[1]:+.2f} to {found.better[2]:+.2f} of a hundred).")
    told = {"trials": found.trials, "profiles": found.profiles, "better": list(found.better)}
    goes_on = accept or (await pictures.accepted(db) and found.better[2] >= 0)
    await pictures.put_estimate(db, clock.now(), told, accepted=goes_on)
    return found
