"""Server-sent events: what one device does, the others hear, from where they left off."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import asyncpg
import pytest

from libs.chassis.ids import new_id
from libs.contracts.identity import SessionsRevoked
from libs.contracts.playback import LeaseChanged
from libs.contracts.token import Principal
from services.watchstate.repository import sync
from services.watchstate.service import projections
from services.watchstate.service.sync import PER_ACCOUNT, Streams, TooManyStreams
from tests.watchstate.conftest import Viewer, Watch


def streams(watch: Watch) -> Streams:
    found: Streams = watch.app.state.streams
    return found


def principal(viewer: Viewer, seconds: float = 600) -> Principal:
    return Principal(
        account_id=viewer.account_id, session_id=viewer.session_id, profile_id=viewer.profile_id,
        expires=int(time.time() + seconds),
    )  # fmt: skip


async def opened(watch: Watch, viewer: Viewer | None = None, last: str | None = None) -> Any:
    stream = await streams(watch).open(principal(viewer or watch.ada), last)
    return aclosing(stream)


async def following(stream: AsyncIterator[bytes]) -> tuple[int, str, dict[str, Any]]:
    """The next event: its id, name and data; blocks that only carry an id are passed over."""
    async with asyncio.timeout(20):
        async for block in stream:
            fields = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
            if "event" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
    raise AssertionError("the stream ended")


async def begun(stream: AsyncIterator[bytes]) -> int:
    """Read the opening block; return the id it carries."""
    block = (await anext(stream)).decode()
    return int(block.split("id: ")[1])


async def test_other_devices_hear_of_positions_and_lists(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    async with await opened(watch) as stream:
        await begun(stream)
        await watch.watch(title, playable, 120)
        number, name, data = await following(stream)
        assert (number, name, data["playable_id"], data["position"]) == (1, "progress", str(playable), 120)
        await watch.call("POST", "/list", json={"title_id": str(title)})
        number, name, data = await following(stream)
        assert (number, name, data["change"], data["title_id"]) == (2, "list", "added", str(title))


async def test_a_profile_hears_only_of_itself_but_all_hear_of_leases_and_profiles(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    sister = watch.viewer(account_id=watch.ada.account_id)
    async with await opened(watch) as stream, await opened(watch, watch.bob) as strangers:
        await begun(stream)
        await begun(strangers)
        await watch.watch(title, playable, 120, viewer=sister)
        lease = LeaseChanged(
            account_id=watch.ada.account_id, session_id=new_id(), fencing=7, change="revoked", active=1, limit=2,
            at=watch.clock.now(),
        )  # fmt: skip
        async with watch.db.transaction() as session:
            await projections.leases_changed(session, [lease], watch.clock)
        number, name, data = await following(stream)
        assert (number, name, data["fencing"], data["change"]) == (2, "lease", 7, "revoked")
        await watch.account(watch.ada, 1, [watch.ada.profile_id, sister.profile_id])
        number, name, data = await following(stream)
        assert (number, name, len(data["profiles"])) == (3, "profile", 2)
        await watch.watch(title, playable, 30, viewer=watch.bob)
        assert (await following(strangers))[:2] == (1, "progress"), "nothing of another account came before"


async def test_a_device_that_was_away_hears_what_it_missed(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    async with await opened(watch) as stream:
        await begun(stream)
        await watch.watch(title, playable, 10)
        last, _, _ = await following(stream)
    for seq in (2, 3):
        watch.clock.advance(1)
        await watch.watch(title, playable, 10 * seq, seq=seq)
    async with await opened(watch, last=str(last)) as stream:
        assert await begun(stream) == last
        assert [(await following(stream))[2]["position"] for _ in range(2)] == [20, 30]


@pytest.mark.parametrize("last", ["7", "moss", "99999999999999999999", "-1"])
async def test_an_id_that_is_not_ours_starts_over(watch: Watch, last: str) -> None:
    async with await opened(watch, last=last) as stream:
        await begun(stream)
        assert (await following(stream))[:2] == (0, "reset")


async def test_the_log_keeps_only_the_last_changes(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    for seq in range(sync.KEEP + 3):
        await watch.watch(title, playable, seq, seq=seq)
    (kept,) = await watch.rows("SELECT min(id) AS first, count(*) AS n FROM sync_log")
    assert (kept["first"], kept["n"]) == (4, sync.KEEP)
    async with await opened(watch, last="2") as stream:
        await begun(stream)
        assert (await following(stream))[1] == "reset"
    async with await opened(watch, last="3") as stream:
        await begun(stream)
        assert (await following(stream))[0] == 4


async def test_a_revoked_sign_in_hears_nothing_more(watch: Watch) -> None:
    other = watch.viewer(account_id=watch.ada.account_id, profile_id=watch.ada.profile_id)
    async with await opened(watch) as revoked, await opened(watch, other) as kept:
        await begun(revoked)
        await begun(kept)
        event = SessionsRevoked(
            account_id=watch.ada.account_id, session_ids=(watch.ada.session_id,), reason="signed_out",
            revoked_at=watch.clock.now(),
        )  # fmt: skip
        async with watch.db.transaction() as session:
            await projections.sessions_revoked(session, [event], watch.clock)
        async with asyncio.timeout(20):
            with pytest.raises(StopAsyncIteration):
                await anext(revoked)
        await watch.account(watch.ada, 1, [watch.ada.profile_id])
        assert (await following(kept))[1] == "profile"


async def test_a_stream_ends_with_its_token_and_with_the_service(watch: Watch) -> None:
    over = await streams(watch).open(principal(watch.ada, seconds=-1), None)
    assert len([block async for block in over]) == 1
    async with await opened(watch) as stream:
        await begun(stream)
        streams(watch).close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_streams_survive_a_lost_listener(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    async with await opened(watch) as stream:
        await begun(stream)
        connection = await asyncpg.connect(watch.db.url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        await connection.close()
        await watch.watch(title, playable, 120)
        assert (await following(stream))[2]["position"] == 120


async def test_an_account_has_so_many_streams_at_most(watch: Watch) -> None:
    held = [await streams(watch).open(principal(watch.ada), None) for _ in range(PER_ACCOUNT)]
    for stream in held:
        await anext(stream)
    with pytest.raises(TooManyStreams):
        await streams(watch).open(principal(watch.ada), None)
    await streams(watch).open(principal(watch.bob), None)
    for stream in held:
        await stream.aclose()  # type: ignore[attr-defined]
    await streams(watch).open(principal(watch.ada), None)


async def test_ids_appear_in_their_order_under_concurrency(watch: Watch) -> None:
    titles = [await watch.title(str(n)) for n in range(8)]

    async def many(title: Any, playable: Any) -> None:
        for seq in range(5):
            await watch.watch(title, playable, seq, seq=seq, session_id=new_id(), at=watch.ago(-seq))

    seen: list[int] = []
    async with await opened(watch) as stream:
        await begun(stream)
        writing = asyncio.gather(*(many(title, playable) for title, (playable,) in titles))
        while len(seen) < 40:
            seen.append((await following(stream))[0])
        await writing
    assert seen == list(range(1, 41)), "none is overtaken, none is missed"
