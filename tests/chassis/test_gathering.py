"""Work done for many at once: each gets their own result or failure, and nobody waits for those who left."""

import asyncio
from collections.abc import Sequence

from libs.chassis.gathering import Gatherer


async def test_who_comes_while_work_is_done_is_served_together_next() -> None:
    batches: list[list[int]] = []
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        begun.set()
        await going_on.wait()
        return [item * 10 if item % 3 else ValueError(str(item)) for item in items]

    gatherer = Gatherer(work)
    asked = [asyncio.create_task(gatherer.ask(number)) for number in range(1, 6)]
    await begun.wait()
    late = asyncio.create_task(gatherer.ask(7))
    await asyncio.sleep(0)
    asked[3].cancel()
    going_on.set()
    results = await asyncio.gather(*asked, late, return_exceptions=True)
    assert batches == [[1, 2, 3, 4, 5], [7]]
    assert results[:2] + results[4:] == [10, 20, 50, 70]
    assert isinstance(results[2], ValueError)
    assert isinstance(results[3], asyncio.CancelledError)
    assert await gatherer.ask(2) == 20


async def test_work_that_fails_fails_for_all_it_was_done_for_and_goes_on() -> None:
    broken = True

    async def work(items: Sequence[int]) -> list[int | Exception]:
        if broken:
            raise ConnectionError("away")
        return list(items)

    gatherer = Gatherer(work)
    results = await asyncio.gather(gatherer.ask(1), gatherer.ask(2), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    broken = False
    assert await gatherer.ask(3) == 3


async def test_who_comes_soon_after_others_is_done_with_those_who_come_soon_after_them() -> None:
    batches: list[list[int]] = []

    async def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        return list(items)

    gatherer = Gatherer(work, apart=0.5)
    assert await gatherer.ask(1) == 1
    second = asyncio.create_task(gatherer.ask(2))
    for _ in range(5):
        await asyncio.sleep(0)
    assert await gatherer.ask(3) == 3
    assert (await second, batches) == (2, [[1], [2, 3]])


async def test_what_is_told_is_done_before_what_is_asked_later_and_a_failure_is_nobodys() -> None:
    done: list[int] = []

    async def work(items: Sequence[int]) -> list[int | Exception]:
        done.extend(items)
        return [ValueError(str(item)) if item < 0 else item for item in items]

    gatherer = Gatherer(work)
    gatherer.tell(-1)
    assert await gatherer.ask(2) == 2
    gatherer.tell(3)
    await gatherer.finish()
    assert done == [-1, 2, 3]
