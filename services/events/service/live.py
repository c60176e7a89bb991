"""How playing goes, sent on as it changes: each question is computed once for all who watch it, and only while somebody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from libs.chassis.components import Loop, before_stopping
from libs.chassis.messaging.flags import Flags
from libs.chassis.problems import Problem, TooMany, Unavailable
from libs.chassis.security.revocations import Revocations
from libs.contracts.flags import KNOWN, REPORTS_LIVE
from libs.contracts.token import Principal
from services.events.schemas.reports import PlaybackReport
from services.events.service.reports import Reports

EVERY = 2.0
MOST = 100
# Each watched question is asked of the database every two seconds: this takes that load off it.
FLAG = REPORTS_LIVE


class TooManyWatchers(TooMany):
    """Too many people follow how playing goes. Close a page that you do not need, and try again."""

    code = "too_many_watchers"


class LiveReportOff(Unavailable):
    """Following how playing goes live is switched off. Read the report instead; it says the same."""

    code = "live_report_off"


class Question(NamedTuple):
    """What `Reports.playback` is asked."""

    minutes: int
    by: str
    limit: int


class _Watched:
    """A question, who waits for its next answer, and the newest one, ready to be sent."""

    def __init__(self) -> None:
        self.watchers = 0
        self.answered = asyncio.Event()
        self.said: bytes | None = None

    def say(self, report: PlaybackReport) -> None:
        self.said = b"id: %d\nevent: playback\ndata: %s\n\n" % (
            report.until.timestamp() * 1000,
            report.model_dump_json().encode(),
        )
        self.wake()

    def wake(self) -> None:
        self.answered.set()
        self.answered = asyncio.Event()


class Live(Loop):
    """A component: answers every question that is watched again and again. Each answer is whole, so that none need be resumed."""

    name = "live"
    every = None

    def __init__(self, reports: Reports, revocations: Revocations, flags: Flags) -> None:
        super().__init__()
        self._reports = reports
        self._revocations = revocations
        self._flags = flags
        self._watched: dict[Question, _Watched] = {}
        self.closing = False

    async def start(self) -> None:
        await super().start()
        self.well()
        before_stopping(self.close)

    async def stop(self) -> None:
        self.close()
        await super().stop()

    def close(self) -> None:
        """End every stream; who watches connects again, to another replica or to our successor."""
        self.closing = True
        for watched in self._watched.values():
            watched.wake()

    async def work(self) -> float | None:
        for question, watched in list(self._watched.items()):
            watched.say(await self._reports.playback(*question))
        return EVERY if self._watched else None

    def open(self, who: Principal, question: Question) -> AsyncIterator[bytes]:
        """Return the stream of answers, until the access token ends or is refused. Raises TooManyWatchers and LiveReportOff."""
        if not self._is_on(who):
            raise LiveReportOff(retry_after=60)
        if sum(watched.watchers for watched in self._watched.values()) >= MOST:
            raise TooManyWatchers(retry_after=30)
        return self._stream(who, question)

    async def _stream(self, who: Principal, question: Question) -> AsyncIterator[bytes]:
        watched = self._watched.setdefault(question, _Watched())
        watched.watchers += 1
        try:
            yield b"retry: 2000\n\n" + (watched.said or b"")
            self.wake()
            while not self.closing and (left := self._left(who)) > 0:
                try:
                    async with asyncio.timeout(min(left, 15)):
                        await watched.answered.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                else:
                    # Who lost a role meanwhile hears no more of it.
                    if self._left(who) > 0:
                        yield watched.said or b""
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                self._watched.pop(question, None)

    def _left(self, who: Principal) -> float:
        """Return how many seconds more who watches may: none where the sign-in is not honoured any more, or all of it is off."""
        try:
            self._revocations.check(who)
        except Problem:
            return 0.0
        return who.expires - time.time() if self._is_on(who) else 0.0

    def _is_on(self, who: Principal) -> bool:
        return self._flags.is_on(FLAG, who, default=KNOWN[FLAG].on)
