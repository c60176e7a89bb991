"""A component is something a service starts with and stops with: a pool, a producer, a consumer, work that never ends."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from libs.chassis import telemetry

log = telemetry.logger(__name__)


class Component(Protocol):
    """`check` raises when the component is not usable; a `required` one then fails `/readyz`."""

    name: str
    required: bool

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def check(self) -> None: ...


class NotWorking(RuntimeError):
    """What a component is there for is not being done at the moment."""


class Loop:
    """A component that does one piece of work again and again: a base for everything that goes on in the background.

    A subclass says its `name` and what its `work` is. `work` may be short (a sweep, begun again every `every` seconds and
    whenever somebody calls `wake`) or last as long as a connection does; then it calls `well` once it is connected.
    An error is told once, by `check` for as long as it lasts, and tried again after a pause that grows up to `slowest`
    seconds. Pauses differ by chance, so that replicas that were stopped together do not all come back together.
    """

    name = "loop"
    required = False
    every: float | None = 1.0  # seconds from the end of one piece of work to the next; None: only when woken
    first: float = 0.0  # seconds from the start to the first piece of work
    quickest = 0.2
    slowest = 5.0
    jitter = 0.1  # of `every` and `first`

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._problem: str | None = "not started"
        self._told: str | None = None
        self._failures = 0

    async def work(self) -> float | None:
        """Do one piece of work; return the seconds until the next one where `every` is not the answer."""
        raise NotImplementedError

    async def start(self) -> None:
        self._problem = None if self.first else "starting"
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        await finish(self._task)
        self._problem = "stopped"

    async def check(self) -> None:
        if self._problem:
            raise NotWorking(self._problem)

    @property
    def problem(self) -> str | None:
        """What `check` would say: None while all is well."""
        return self._problem

    def wake(self) -> None:
        """Do the next piece of work now, or straight after the one in hand."""
        self._woken.set()

    def well(self) -> None:
        """Say that the work is going as it should."""
        self._problem, self._failures = None, 0
        if self._told is not None:
            log.info("works_again", component=self.name)
            self._told = None

    def trouble(self, error: BaseException) -> float:
        """Say what is wrong, in the log only when that is news; return the seconds to wait before trying again."""
        # The first line says it; SQLAlchemy goes on with the whole statement.
        self._problem = f"{type(error).__name__}: {error}".partition("\n")[0]
        pause = min(self.quickest * 2.0**self._failures, self.slowest)
        self._failures = min(self._failures + 1, 30)
        # Numbers (a port, an id, a position) do not make another problem of it.
        kind = re.sub(r"\d+", "#", self._problem)
        if kind != self._told:
            self._told = kind
            log.warning("in_trouble", component=self.name, reason=self._problem, trying_again_within=self.slowest)
        return pause * random.uniform(0.5, 1)

    async def _run(self) -> None:
        await asyncio.sleep(self._spread(self.first))
        while True:
            self._woken.clear()
            try:
                pause = await self.work()
                self.well()
            except asyncio.CancelledError as error:
                if _being_stopped():
                    raise
                await asyncio.sleep(self.trouble(error))  # of something inside: a client's own task, not ours
            except Exception as error:
                await asyncio.sleep(self.trouble(error))
            else:
                await self._rest(self.every if pause is None else pause)

    async def _rest(self, seconds: float | None) -> None:
        """Wait for the next piece of work, or to be woken."""
        if seconds is None:
            await self._woken.wait()
        elif seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._spread(seconds)):
                    await self._woken.wait()
        else:
            await asyncio.sleep(0)

    def _spread(self, seconds: float) -> float:
        return seconds * random.uniform(1 - self.jitter, 1 + self.jitter)


def _being_stopped() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def finish(task: asyncio.Task[Any] | None) -> None:
    """Cancel a component's task and wait for its end.

    More than once where it takes that: a cancellation that meets an error in the same moment is swallowed by
    `asyncio.wait_for` before Python 3.12, and by clients while they close.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)


def before_stopping(close: Callable[[], None]) -> None:
    """Call `close` as soon as the server is told to stop: it waits for open responses before it stops its components."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        server = signal.getsignal(number)
        if callable(server) and server is not signal.default_int_handler:

            def both(which: int, frame: Any, server: Any = server) -> None:
                loop.call_soon_threadsafe(close)
                server(which, frame)

            signal.signal(number, both)
