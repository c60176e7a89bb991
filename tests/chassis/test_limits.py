"""Rate limits with Redis, across replicas, and without Redis."""

import asyncio

import pytest

from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import TooMany


async def test_replicas_share_one_count(valkey_url: str) -> None:
    replicas = [Limiter(valkey_url) for _ in range(3)]
    results = await asyncio.gather(
        *(replicas[n % 3].hit("login", "203.0.113.7", 10, 60) for n in range(30)), return_exceptions=True
    )
    assert sum(isinstance(result, int) for result in results) == 10
    refused = [result for result in results if isinstance(result, TooMany)]
    assert len(refused) == 20
    assert all(problem.retry_after is not None and 1 <= problem.retry_after <= 61 for problem in refused)
    await replicas[0].hit("login", "203.0.113.8", 10, 60)
    for limiter in replicas:
        await limiter.stop()


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0"])
async def test_without_redis_the_limit_still_holds(url: str) -> None:
    limiter = Limiter(url)
    for _ in range(5):
        await limiter.hit("login", "a", 5, 60)
    with pytest.raises(TooMany):
        await limiter.hit("login", "a", 5, 60)
    await limiter.stop()


async def test_a_new_window_starts_afresh() -> None:
    limiter = Limiter("")
    await limiter.hit("x", "a", 1, 0.01)
    async with asyncio.timeout(5):
        while True:
            try:
                await limiter.hit("x", "a", 1, 0.01)
                break
            except TooMany:
                await asyncio.sleep(0.005)
