"""Redis behind a network that swallows everything: limits go on by themselves and nobody waits for it in turn."""

import asyncio
import time
from urllib.parse import urlsplit

import pytest

from libs.chassis.http import rate_limits
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import TooMany
from tests.chassis.conftest import eventually
from tests.faults import wire

pytestmark = pytest.mark.fault


async def test_nobody_waits_for_the_look_whether_it_is_back(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "RETRY_SECONDS", 0.5)
    parts = urlsplit(valkey_url)
    async with wire.to(str(parts.hostname), int(parts.port or 6379)) as between:
        limiter = Limiter(valkey_url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{between.port}"))
        await limiter.hit("login", "a", 1000, 60)
        between.cut()
        await limiter.hit("login", "a", 1000, 60)
        for _ in range(3):
            known = between.accepted
            await eventually(lambda: _is_due(limiter))
            await asyncio.gather(*(limiter.hit("login", "a", 1000, 60) for _ in range(50)))
            assert limiter._looking is not None, "all were counted before it was known whether Redis is back"
            assert between.accepted - known <= 1
        with pytest.raises(TooMany):
            await limiter.hit("login", "a", 10, 60)
        between.mend()

        async def shared_again() -> bool:
            await limiter.hit("login", "b", 1000, 60)
            other = Limiter(valkey_url)
            try:
                await other.hit("login", "b", 1, 60)
            except TooMany:
                return True
            finally:
                await other.stop()
            return False

        await eventually(shared_again)
        await limiter.stop()


async def _is_due(limiter: Limiter) -> bool:
    """Whether the next hit has to look again."""
    return limiter._looking is None and time.monotonic() >= limiter._away_until
