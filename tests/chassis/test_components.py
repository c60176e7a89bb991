"""The loop under every background task: it goes on, backs off, says its problem once, wakes and stops."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
import structlog
from structlog.testing import LogCapture

from libs.chassis.components import Loop
from tests.chassis.conftest import eventually


class Sample(Loop):
    """Work that the test hands in, counted."""

    name = "sample"
    every = None
    quickest = 0.001
    slowest = 0.004

    def __init__(self, piece: Callable[[int], object]) -> None:
        super().__init__()
        self.piece = piece
        self.done = 0

    async def work(self) -> None:
        self.done += 1
        self.piece(self.done)

    async def has_worked(self, times: int) -> None:
        async def enough() -> bool:
            return self.done >= times

        await eventually(enough)


@pytest.fixture
def log() -> Iterator[LogCapture]:
    known = structlog.get_config()
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(**known)


def told(log: LogCapture) -> list[tuple[str, str | None]]:
    return [(entry["event"], entry.get("reason")) for entry in log.entries]


def nothing(_: int) -> None: ...


async def test_it_works_at_once_when_woken_and_not_otherwise() -> None:
    loop = Sample(nothing)
    await loop.start()
    await loop.has_worked(1)
    await loop.check()
    for _ in range(20):
        await asyncio.sleep(0)
    assert loop.done == 1
    loop.wake()
    await loop.has_worked(2)
    await loop.stop()


async def test_a_call_during_the_work_is_not_lost() -> None:
    loop = Sample(nothing)
    loop.piece = lambda done: loop.wake() if done < 5 else None
    await loop.start()
    await loop.has_worked(5)
    await loop.stop()
    assert loop.done == 5


async def test_trouble_is_told_in_one_line(log: LogCapture) -> None:
    def fail(_: int) -> None:
        raise ValueError("the table is gone\n[SQL: SELECT everything]")

    loop = Sample(fail)
    await loop.start()
    await loop.has_worked(1)
    await loop.stop()

    assert [entry["reason"] for entry in log.entries if entry["event"] == "in_trouble"] == [
        "ValueError: the table is gone"
    ]


async def test_trouble_is_told_once_for_each_problem_and_its_end_too(log: LogCapture) -> None:
    def piece(done: int) -> None:
        if done <= 50:
            raise ConnectionError(f"no answer from port {done}")
        if done <= 60:
            raise ValueError("cannot be read")

    loop = Sample(piece)
    await loop.start()
    await loop.has_worked(61)
    await loop.stop()
    assert told(log) == [
        ("in_trouble", "ConnectionError: no answer from port 1"),
        ("in_trouble", "ValueError: cannot be read"),
        ("works_again", None),
    ]


async def test_check_says_what_is_wrong_for_as_long_as_it_is() -> None:
    broken = True

    def piece(_: int) -> None:
        if broken:
            raise ConnectionError("nobody there")

    loop = Sample(piece)
    with pytest.raises(RuntimeError, match="not started"):
        await loop.check()
    await loop.start()
    await loop.has_worked(3)
    with pytest.raises(RuntimeError, match="ConnectionError: nobody there"):
        await loop.check()
    broken = False

    async def well() -> bool:
        return loop.problem is None

    await eventually(well)
    await loop.check()
    await loop.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        await loop.check()


def test_pauses_grow_to_a_bound_and_differ_by_chance() -> None:
    loops = [Loop() for _ in range(50)]
    pauses = [[loop.trouble(OSError("away")) for _ in range(100)] for loop in loops]
    for nth, most in enumerate([0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 95]):
        found = [pause[nth] for pause in pauses]
        assert most / 2 <= min(found) < max(found) <= most
    loops[0].well()
    assert loops[0].trouble(OSError("away")) <= 0.2


async def test_what_is_cancelled_inside_the_work_does_not_end_the_loop() -> None:
    def piece(done: int) -> None:
        if done == 1:
            raise asyncio.CancelledError

    loop = Sample(piece)
    await loop.start()
    await loop.has_worked(2)
    await loop.stop()


async def test_it_stops_in_the_middle_of_its_work_and_of_its_pause() -> None:
    class Long(Loop):
        async def work(self) -> None:
            self.well()
            await asyncio.Event().wait()

    class Failing(Loop):
        quickest = slowest = 3600.0

        async def work(self) -> None:
            raise OSError("away")

    async with asyncio.timeout(10):
        for loop in (Long(), Failing(), Loop()):
            await loop.start()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await loop.stop()
