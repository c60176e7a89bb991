"""Counting in blocks admits what the limit says, and asks the shared counter rarely."""

import asyncio

import pytest

from gateway.limits import Allowance
from libs.chassis import telemetry
from libs.chassis.http import rate_limits
from libs.chassis.http.middleware import meters
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import TooMany


class Counting(Limiter):
    """The real limiter without Redis, which also counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__("")
        self.asked = 0

    async def hit(self, name: str, key: str, limit: int, window_s: float) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        return await super().hit(name, key, limit, window_s)


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


async def test_any_number_of_callers_takes_no_more_room_than_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.limits.SIZE", 1000)
    allowance = Allowance(Counting(), "test", 100)

    for n in range(3000):
        await allowance.take(str(n))

    assert len(allowance) == 1000
    assert await admitted(allowance, "2999", 200) == 99  # the last one is known


async def test_without_redis_the_counts_take_no_more_room_than_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "LOCAL_SIZE", 100)
    limiter = Limiter("")
    for _ in range(3):
        await limiter.hit("x", "who goes on asking", 10, 60)
        for n in range(99):
            await limiter.hit("x", f"somebody {n}", 10, 60)

    assert limiter.counted == 100
    with pytest.raises(TooMany):
        await limiter.hit("x", "who goes on asking", 3, 60)


def test_nobody_outside_makes_metrics_grow() -> None:
    for n in range(50):
        meters(f"METHOD{n}", "/grown-from-outside", 405)
    # Of this test's own route: the registry is the whole process's.
    samples = [s for m in telemetry.REQUESTS.collect() for s in m.samples if "/grown-from-outside" in s.labels.values()]

    assert {sample.labels["method"] for sample in samples} == {"other"}
