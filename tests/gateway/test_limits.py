"""Counting in blocks admits what the limit says, and asks the shared counter rarely."""

import asyncio

import pytest

from gateway.limits import Allowance
from libs.chassis.limits import Limiter
from libs.chassis.problems import TooMany


class Counting(Limiter):
    """The real limiter without Redis, which also counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__("")
        self.asked = 0

    async def hit(self, name: str, key: str, limit: int, window_s: float) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        await super().hit(name, key, limit, window_s)


async def admitted(allowance: Allowance, key: str, tries: int) -> int:
    async def one() -> bool:
        try:
            await allowance.take(key)
        except TooMany:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(tries))))


@pytest.mark.parametrize("limit", [1, 7, 50, 100, 1000])
async def test_together_they_get_exactly_the_limit(limit: int) -> None:
    allowance = Allowance(Counting(), "test", limit)

    assert await admitted(allowance, "a", limit + 30) == limit
    assert await admitted(allowance, "a", 10) == 0
    assert await admitted(allowance, "b", 1) == 1


async def test_the_shared_counter_is_asked_once_a_block_and_not_for_the_refused() -> None:
    limiter = Counting()
    allowance = Allowance(limiter, "test", 1000)

    await admitted(allowance, "a", 1000)
    assert limiter.asked == 50
    await admitted(allowance, "a", 500)
    assert limiter.asked == 51


async def test_two_replicas_share_one_limit() -> None:
    limiter = Counting()
    one, other = Allowance(limiter, "test", 100), Allowance(limiter, "test", 100)

    assert await admitted(one, "a", 60) + await admitted(other, "a", 60) == 100
