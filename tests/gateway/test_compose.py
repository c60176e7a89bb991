"""The last good answers stand in for late ones, and stay within their number."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.compose import Composer, Outcome
from gateway.upstream import UpstreamError


async def good() -> Any:
    return "rows"


async def away() -> Any:
    raise UpstreamError("catalog", 503, b"")


async def test_whose_answer_was_not_asked_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.compose.SIZE", 2)
    composer = Composer()
    for who in ("ada", "ben"):
        assert await composer.read("home", who, good, deadline=5) == Outcome("rows")
    # Asked for later than the other, though its neighbour is away.
    assert (await composer.read("home", "ada", away, deadline=5)).value == "rows"
    assert await composer.read("home", "cleo", good, deadline=5) == Outcome("rows")
    stands_in = {who: await composer.read("home", who, away, deadline=5) for who in ("ada", "ben", "cleo")}
    assert {who: found.fallback for who, found in stands_in.items()} == {
        "ada": "last_good", "ben": "empty", "cleo": "last_good",
    }  # fmt: skip


async def test_an_answer_is_used_again_within_its_second_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    composer, now, asked = Composer(), 1000.25, 0

    async def rows() -> Any:
        nonlocal asked, now
        asked, now = asked + 1, now + 0.25
        return asked

    monkeypatch.setattr("gateway.compose.time", SimpleNamespace(time=lambda: now))
    for at, expected in ((1000.25, 1), (1000.9, 1), (1001.0, 2), (1001.9, 3), (1002.1, 4)):
        now = max(now, at)
        # Made in the second 1001 and answered in the next: it may say what the next one does not.
        if at == 1001.9:
            composer = Composer()
        assert (await composer.read("home", "ada", rows, deadline=5, fresh=1)).value == expected, at


async def test_what_is_for_one_request_alone_is_not_kept() -> None:
    composer = Composer()
    assert await composer.read("cards", "ada", good, deadline=5, keep=False) == Outcome("rows")
    assert (await composer.read("cards", "ada", away, deadline=5, keep=False)).fallback == "empty"


async def test_what_is_for_one_request_alone_is_never_joined_and_ends_with_its_deadline() -> None:
    composer, let_go, ended = Composer(), asyncio.Event(), asyncio.Event()

    async def before() -> Any:
        try:
            await let_go.wait()
        finally:
            ended.set()
        return "of before"

    slow = asyncio.create_task(composer.read("rows", "ada", before, deadline=60, keep=False))
    await asyncio.sleep(0)
    assert await composer.read("rows", "ada", good, deadline=5, keep=False) == Outcome("rows")
    let_go.set()
    assert await slow == Outcome("of before")
    let_go.clear()
    ended.clear()
    assert (await composer.read("rows", "ada", before, deadline=0.01, keep=False)).fallback == "empty"
    async with asyncio.timeout(5):
        await ended.wait()
