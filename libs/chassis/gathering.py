"""Work that costs nearly the same for one as for many: what is asked for while it is being done is done together, next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Gatherer(Generic[T, R]):
    """Does `work` for all who ask, one piece of work at a time; nobody waits who comes alone.

    `apart`: seconds between two beginnings at least: where many ask, fewer and larger pieces are less work. `work` takes what was
    asked for, in order, and returns as many results; a result that is an exception is raised where it was asked for, one that
    `work` raises everywhere.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]], *, apart: float = 0.0
    ) -> None:
        self._work = work
        self._apart = apart
        self._begun = 0.0
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, item: T) -> R:
        """Return the result for `item`."""
        return await self._add(item)

    def tell(self, item: T) -> None:
        """Have the work done for `item`, before that for whoever asks from now on. Nobody hears what came of it."""
        self._add(item).add_done_callback(_looked_at)

    async def finish(self) -> None:
        """Return when there is nothing to do."""
        while self._task is not None:
            await asyncio.wait({self._task})

    def _add(self, item: T) -> asyncio.Future[R]:
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        taken: list[tuple[T, asyncio.Future[R]]] = []
        try:
            while self._waiting:
                if (early := self._begun + self._apart - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                self._begun = time.monotonic()
                taken, self._waiting = self._waiting, []
                results: Sequence[R | Exception]
                try:
                    results = await self._work([item for item, _ in taken])
                except Exception as error:
                    results = [error] * len(taken)
                for (_, answer), result in zip(taken, results, strict=True):
                    if answer.done():  # who asked has left
                        continue
                    if isinstance(result, Exception):
                        answer.set_exception(result)
                    else:
                        answer.set_result(result)
        finally:
            self._task = None
            for _, answer in (*taken, *self._waiting):
                answer.cancel()
            self._waiting = []


def _looked_at(answer: asyncio.Future[Any]) -> None:
    """Keep a failure that nobody asked for from being reported as never looked at."""
    if not answer.cancelled():
        answer.exception()
