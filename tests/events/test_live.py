"""How playing goes, sent on as it changes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import pytest

from libs.chassis.ids import new_id
from libs.chassis.messaging.flags import Flags
from libs.chassis.messaging.received import Received
from libs.chassis.security.revocations import Revocations
from libs.contracts.experiments import FlagChanged
from libs.contracts.identity import SessionsRevoked
from libs.contracts.token import Principal
from services.events.schemas.reports import PlaybackReport
from services.events.service import live
from services.events.service.live import Live, LiveReportOff, Question, TooManyWatchers
from services.events.service.reports import Reports
from tests.events.test_reports import play
from tests.events.test_views import Views, views

__all__ = ["views"]

# Good for longer than any run takes, which begins with reading this.
STAFF = Principal(
    account_id=new_id(), session_id=new_id(), roles=frozenset({"support"}), expires=int(time.time()) + 86_400
)
# Shares and audiences are of profiles.
WATCHER = replace(STAFF, profile_id=new_id())
HOUR = Question(60, "title", 10)


class Counted(Reports):
    """The reports, and how often they were computed."""

    asked = 0

    async def playback(self, minutes: int, by: str, limit: int) -> PlaybackReport:
        self.asked += 1
        return await super().playback(minutes, by, limit)


@pytest.fixture
async def following(views: Views, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    monkeypatch.setattr(live, "EVERY", 0.02)
    found = Live(Counted(views.db, views.clock), Revocations(), Flags())
    await found.start()
    yield found
    await found.stop()


async def plays(stream: AsyncIterator[bytes], wanted: int) -> dict[str, Any]:
    """Read a stream until it says so many plays."""
    async with asyncio.timeout(10):
        async for piece in stream:
            if b"data: " in piece:
                said: dict[str, Any] = orjson.loads(piece.split(b"data: ")[1])
                if said["total"]["plays"] == wanted:
                    return said
    raise AssertionError("the stream has ended")


async def test_who_watches_sees_each_change_and_whoever_asks_the_same_shares_the_answer(
    views: Views, following: Live
) -> None:
    async with (
        aclosing(cast(Any, following.open(STAFF, HOUR))) as one,
        aclosing(cast(Any, following.open(STAFF, HOUR))) as other,
    ):
        assert (await plays(one, 0))["playing"] == 0
        await play(views, 1, msd=300)
        views.clock.advance(120)
        seen = await plays(one, 1)
        assert (seen["playing"], seen["minutes"][0]["startup_p95_ms"]) == (1, 300.0)
        await plays(other, 1)
        assert len(following._watched) == 1
    # While nobody watches nothing is computed.
    reports = cast(Counted, following._reports)
    before = reports.asked
    assert await following.work() is None
    assert reports.asked == before


async def test_a_stream_ends_with_the_token_and_with_the_server(following: Live) -> None:
    over = following.open(replace(STAFF, expires=int(time.time()) - 1), HOUR)
    assert len([piece async for piece in over]) == 1
    stream = following.open(STAFF, HOUR)
    await plays(stream, 0)
    following.close()
    async with asyncio.timeout(5):
        assert [piece async for piece in stream if b"event" not in piece] == []


async def test_a_stream_ends_as_soon_as_its_reader_is_signed_out_or_loses_a_role(following: Live) -> None:
    async with aclosing(cast(Any, following.open(STAFF, HOUR))) as stream:
        await plays(stream, 0)
        gone = SessionsRevoked(
            account_id=STAFF.account_id,
            session_ids=(STAFF.session_id,),
            reason="signed_out",
            revoked_at=datetime.now(UTC),
        )
        await following._revocations.on_revoked(Received(new_id(), gone.TYPE, gone.revoked_at, gone.key(), gone))
        async with asyncio.timeout(5):
            assert [piece async for piece in stream if b"event" in piece] == []


@pytest.mark.parametrize("who", [WATCHER, STAFF], ids=["profile", "no profile"])
async def test_switched_off_it_ends_for_who_watches_and_refuses_who_comes(following: Live, who: Principal) -> None:
    async with aclosing(cast(Any, following.open(who, HOUR))) as stream:
        await plays(stream, 0)
        off = FlagChanged(name=live.FLAG, version=1, on=False, changed_at=datetime.now(UTC))
        await following._flags._flag_changed(Received(new_id(), off.TYPE, off.changed_at, off.key(), off))
        async with asyncio.timeout(5):
            assert [piece async for piece in stream if b"event" in piece] == []
    with pytest.raises(LiveReportOff):
        following.open(who, HOUR)


async def test_no_more_watch_than_a_process_can_serve(following: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST", 1)
    async with aclosing(cast(Any, following.open(STAFF, HOUR))) as stream:
        await plays(stream, 0)
        with pytest.raises(TooManyWatchers):
            following.open(STAFF, Question(5, "edge", 10))
