"""Answers kept in Redis: only for those who may see the same, and only as long as they are true."""

import asyncio
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis.asyncio

from libs.chassis.ids import new_id
from libs.contracts.catalog import Window
from services.search.engine import visibility
from services.search.engine.index import View
from services.search.service import remembered
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.search.conftest import NOON, changed, serving


async def test_an_answer_is_kept_until_something_in_it_changes(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path, valkey_url: str
) -> None:
    url = await database("services.search")
    async with (
        serving(url, jwks_cache, auth_headers, tmp_path, redis_url=valkey_url) as search,
        redis.asyncio.Redis.from_url(valkey_url) as store,
    ):
        scary = await search.film("Moss at Night", maturity=18)
        closing = Window(ends_at=NOON + timedelta(hours=1))
        await search.send(changed("Moss Hour", windows=(closing,)))
        first = await search.search("moss")
        assert sorted(item["name"] for item in first["items"]) == ["Moss Hour", "Moss at Night"]
        (key,) = await store.keys("search:*")
        assert 0 < await store.ttl(key) <= 300
        # The same answer for somebody else who may see the same, told apart in the log.
        second = await search.search("moss", search.auth_headers(profile_id=new_id()))
        assert len(await store.keys("search:*")) == 1
        assert second | {"query_id": None} == first | {"query_id": None}
        assert second["query_id"] != first["query_id"]
        child = search.auth_headers(profile_id=new_id(), maturity=7)
        assert await search.names("moss", child) == ["Moss Hour"]
        # A window closes, with nothing said; then a title goes.
        search.clock.advance(3600)
        assert await search.names("moss") == ["Moss at Night"]
        await search.send(changed("Moss at Night", title_id=scary, version=2, status="draft"))
        assert await search.names("moss") == []


async def test_what_is_kept_in_another_form_is_no_answer(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path, valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Nonsense, and what a replica of another version keeps."""
    url = await database("services.search")
    async with (
        serving(url, jwks_cache, auth_headers, tmp_path, redis_url=valkey_url) as search,
        redis.asyncio.Redis.from_url(valkey_url) as store,
    ):
        await search.film("Moss Hour")
        assert await search.names("moss") == ["Moss Hour"]
        await asyncio.gather(*search.app.state.searching._notes)  # it is kept after it was given
        (key,) = await store.keys("search:*")
        for nonsense in (b"", b"nonsense", b"\xff\n{}", b"3", b"1\n"):
            await store.set(key, nonsense)
            assert await search.names("moss") == ["Moss Hour"]
        monkeypatch.setattr(remembered, "SHAPE", "another")
        assert await search.names("moss") == ["Moss Hour"]
        await asyncio.gather(*search.app.state.searching._notes)
        assert len(await store.keys("search:*")) == 2


async def test_without_redis_searches_are_answered(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> None:
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path, redis_url="redis://127.0.0.1:9") as search:
        await search.film("Moss Hour")
        assert await search.names("moss") == await search.names("moss") == ["Moss Hour"]
        components = (await search.client.get("/readyz")).json()["components"]
        assert components["index"] == "ok" != components["redis"]


async def test_when_windows_open_is_asked_where_nobody_waits_for_it(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path, valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The index is asked in a thread of searches, and once for what does not change."""
    url = await database("services.search")
    threads: list[str] = []
    found = visibility.next_change

    def asked(view: View, now: datetime) -> int:
        threads.append(threading.current_thread().name)
        return found(view, now)

    monkeypatch.setattr(remembered, "next_change", asked)
    async with serving(url, jwks_cache, auth_headers, tmp_path, redis_url=valkey_url) as search:
        await search.send(changed("Moss Hour", windows=(Window(ends_at=NOON + timedelta(hours=1)),)))
        for words in ("moss", "mos", "moss hour"):
            await search.search(words)
        assert len(threads) == 1
        assert threads[0].startswith("search")
        search.clock.advance(3600)
        assert await search.names("moss") == []
        assert len(threads) == 2
