"""Searching and suggesting: the index asked with the viewer's limits, the answer remembered where it may be."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import orjson

from libs.chassis import ids, telemetry
from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Invalid, NotFound, Unavailable
from libs.contracts.token import Principal
from services.search.domain import VIEWERS
from services.search.engine import asking, damage
from services.search.engine.highlights import Highlights
from services.search.engine.index import View
from services.search.engine.matching import Filters
from services.search.engine.speaking import spoken
from services.search.engine.text import fold
from services.search.engine.visibility import Viewer
from services.search.repository import searches
from services.search.schemas.mine import Click, Trending, TrendingItem
from services.search.service import answers
from services.search.service.indexes import Indexes
from services.search.service.recents import RecentSearches
from services.search.service.remembered import Remembered
from services.search.service.viewers import Viewers

log = telemetry.logger(__name__)
T = TypeVar("T")

# Searches are work for the processor: more of them at once only make each slower.
THREADS = 2
FARTHEST = 10_000
TRENDING_DAYS = timedelta(days=7)
# Some of them a viewer may not see, a child most of them.
TRENDING_ASKED, TRENDING = 200, 10
TRENDING_COUNTED = timedelta(minutes=1)
# So much of the log may wait for the database; what comes while it is that slow is not noted.
NOTES = 1000
SHORTEST_LOGGED = 2
# What is kept of an answer: how many were found, a new line, and the rest of it.
WHOLE = re.compile(rb"\d+\n\{")
# A whole answer takes hundredths of a second; who waits longer than this waits for somebody else's.
DEADLINE_SECONDS = 6.0


class PageTooFar(Invalid):
    """Nobody needs more than the first 10,000 titles of an answer. Narrow the search down instead."""

    code = "page_too_far"


class YearsBackwards(Invalid):
    """`year_to` must not be before `year`."""

    code = "years_backwards"


class SearchBusy(Unavailable):
    """Too many searches are asked at the moment. Please try again in a moment."""

    code = "search_busy"


class QueryNotFound(NotFound):
    """There is no such search of this profile, or no such title in its answers."""

    code = "query_not_found"


class Searching:
    """Use cases of searching. A component as well, for it owns threads."""

    name = "searching"
    required = False

    def __init__(
        self,
        db: Database,
        clock: Clock,
        viewers: Viewers,
        indexes: Indexes,
        recents: RecentSearches,
        remembered: Remembered,
    ) -> None:
        self._db = db
        self._viewers = viewers
        self._clock = clock
        self._indexes = indexes
        self._recents = recents
        self._remembered = remembered
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="search")
        self._notes: set[asyncio.Task[None]] = set()
        self._counting = asyncio.Lock()
        self._wanted: tuple[datetime | None, list[str]] = (None, [])
        self.deadline = DEADLINE_SECONDS

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._notes:
            await asyncio.wait(self._notes, timeout=2)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def check(self) -> None:
        return None

    async def ask(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do a search's work in a thread, for others wait meanwhile. Raises `SearchBusy` where its turn does not come."""
        try:
            async with asyncio.timeout(self.deadline):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, damage.contained, work, *arguments
                )
        except TimeoutError:
            log.warning("search_too_slow", seconds=self.deadline, work=work.__name__)
            raise SearchBusy from None
        except Exception as error:
            if damage.may_cause(error):
                await self._indexes.doubt()
            raise

    async def search(
        self, who: Principal, q: str, filters: Filters, *, sort: str, page: int, limit: int, goes_on: UUID | None = None
    ) -> bytes:
        """One page of an answer, as JSON of `SearchResults`; a further page `goes_on` with the search of the first."""
        if filters.year is not None and filters.year_to is not None and filters.year_to < filters.year:
            raise YearsBackwards
        if page * limit > FARTHEST:
            raise PageTooFar
        eyes = await self._viewers.of(who)
        view = self._indexes.view
        key = await self._key(view, eyes, [q, asdict(filters), sort, page, limit])
        kept = await self._remembered.get(key) if key else None
        if kept is None or not WHOLE.match(kept):
            kept = await self.ask(_answer, view, q, eyes, filters, sort, page, limit)
            if key:
                self._later(self._remembered.put(key, kept))
        total, _, answer = kept.partition(b"\n")
        known = goes_on if page > 1 else None
        query_id = known or ids.new_id()
        # A further page that does not say what it goes on with is noted by itself, so that what is opened there counts.
        if known is None and len(fold(q)) >= SHORTEST_LOGGED:
            told = {name: value for name, value in asdict(filters).items() if value is not None}
            self.note(who, query_id, q, told, int(total))
            if page == 1:
                self._later(self._recents.remember(who, q))
        return b'{"query_id":"%b",%b' % (str(query_id).encode(), answer[1:])

    async def _key(self, view: View, eyes: Viewer, question: Any) -> str | None:
        """What an answer is kept under, where any is."""
        if not self._remembered.keeps:
            return None
        until = self._remembered.calm_until(view, eyes.now)
        if until is None:
            until = await self.ask(self._remembered.look, view, eyes.now)
        return self._remembered.key(view, eyes, until, question)

    async def suggest(self, who: Principal, q: str) -> bytes:
        """At most five titles for what has been typed, as JSON of `Suggestions`."""
        eyes = await self._viewers.of(who)
        return await self.ask(_suggestions, self._indexes.view, q, eyes)

    async def trending(self, who: Principal) -> Trending:
        """The titles most opened from answers, as far as this viewer may see them."""
        eyes = await self._viewers.of(who)
        found = await self.ask(asking.visible, self._indexes.view, await self._wanted_lately(), eyes)
        items = [
            TrendingItem(
                text=shown["name"],
                title_id=shown["title_id"],
                poster_url=shown["poster_url"],
                availability=shown["availability"],
            )
            for shown in (spoken(each, eyes.language) for each in found[:TRENDING])
        ]
        return Trending(items=items)

    async def _wanted_lately(self) -> list[str]:
        """The titles most opened, whoever may see them: counted once a minute, for that takes as long as many were opened."""
        now = self._clock.now()
        try:
            async with asyncio.timeout(self.deadline), self._counting:
                return await self._counted(now)
        except TimeoutError:
            raise SearchBusy from None

    async def _counted(self, now: datetime) -> list[str]:
        counted_at, wanted = self._wanted
        if counted_at is None or not counted_at <= now < counted_at + TRENDING_COUNTED:
            titles = await searches.trending(self._db, now - TRENDING_DAYS, VIEWERS, TRENDING_ASKED)
            wanted = [str(title) for title in titles]
            self._wanted = now, wanted
        return wanted

    async def clicked(self, who: Principal, click: Click) -> None:
        """Note which title of an answer was opened, or of suggestions, which are noted only now."""
        eyes = await self._viewers.of(who)
        # What nobody can see in an answer cannot have been opened there, and makes no trend.
        if not await self.ask(asking.visible, self._indexes.view, [str(click.title_id)], eyes):
            raise QueryNotFound
        if await searches.clicked(self._db, click.query_id, who.profile, click.title_id, click.position):
            return
        if click.text is None:
            raise QueryNotFound
        noted = await searches.log(
            self._db, id=click.query_id, profile_id=who.profile, account_id=who.account_id, words=click.text,
            folded=fold(click.text), filters={"suggested": True}, results=click.position, now=self._clock.now(),
        )  # fmt: skip
        if noted:
            await searches.clicked(self._db, click.query_id, who.profile, click.title_id, click.position)

    def note(self, who: Principal, query_id: UUID, words: str, filters: Mapping[str, Any], results: int) -> None:
        """Put a search in the log, in the background."""
        noting = searches.log(
            self._db, id=query_id, profile_id=who.profile, account_id=who.account_id, words=words, folded=fold(words),
            filters=filters, results=results, now=self._clock.now(),
        )  # fmt: skip
        self._later(noting)

    def _later(self, writing: Any) -> None:
        """Write in the background: nobody waits for the log, and no answer fails because of it."""
        if len(self._notes) >= NOTES:
            writing.close()
            log.warning("search_not_logged", reason=f"{NOTES} others wait to be written")
            return

        async def written() -> None:
            try:
                await writing
            except Exception as error:
                log.warning("search_not_logged", reason=f"{type(error).__name__}: {error}")

        task = asyncio.create_task(written())
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)


def _answer(view: View, q: str, eyes: Viewer, filters: Filters, sort: str, page: int, limit: int) -> bytes:
    """How many were found, a new line, and the answer (`SearchResults`) without its `query_id`, which is each asker's own."""
    found = asking.search(view, q, eyes, filters, sort, (page - 1) * limit, limit)
    marks = Highlights(found.reading, people=found.of_people)
    results = {
        "items": [answers.item(shown, score, marks, eyes.language) for shown, score in found.items],
        "total": found.total,
        "page": page,
        "pages": math.ceil(min(found.total, FARTHEST) / limit),
        "facets": answers.facets(found.facets),
        "did_you_mean": found.did_you_mean,
        "people": [
            {"id": answers.known_id(person.id, person.known), "name": person.name, "titles": person.titles}
            for person in found.people
        ],
        "sure": found.sure,
        "genres": [{"id": slug, "name": name, "titles": count} for slug, name, count in found.genres],
    }
    return b"%d\n%b" % (found.total, orjson.dumps(results))


def _suggestions(view: View, q: str, eyes: Viewer) -> bytes:
    """An answer of the shape of `Suggestions`."""
    reading, found = asking.suggest(view, q, eyes)
    marks = Highlights(reading)
    items = [answers.suggestion(shown, marks, eyes.language) for shown in found]
    return orjson.dumps({"items": items, "query_id": ids.new_id()})
