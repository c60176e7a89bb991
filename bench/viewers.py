"""Simulated viewers through the front door: their first page, a start, heartbeats, an end; what each part spends on it.

`python -m bench.viewers [viewers] [heartbeats a second] [seconds]`. The platform runs as `make up` starts it; the viewers'
accounts and plans enter as events of identity and billing, so that the burst of news is measured too. Heartbeats come once at
the pace asked for, once as fast as they are answered, and each beside a bare FastAPI hello behind nginx, called the same way:
a processor that often wakes and sleeps spends several times as much on a request as a busy one. Everything runs on one
machine, the viewers included: their own processor time is printed apart and is not the platform's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import bare
from bench.door import Door, Seen, flat_out, paced
from bench.platform import bijou
from bench.spending import Spending, connect, phase
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.security.tokens import Signer
from libs.contracts.billing import EntitlementChanged
from libs.contracts.catalog import Playable, PlayableAsset, TitleChanged
from libs.contracts.identity import AccountChanged, Device, Profile
from libs.contracts.media import Rendition
from libs.contracts.token import Principal

SETTLE_SECONDS = 5.0
STARTS_A_SECOND = 100.0
MEASURED_STARTS = (
    1500  # the first of them must not end, for want of heartbeats, before all have begun and been looked at
)
BEAT_SECONDS = 10.0
FLAT_OUT_SECONDS = 10.0
KNOWN_WITHIN = 300.0


@dataclass
class Viewer:
    """Somebody with a plan; `seq` is the number of their last heartbeat."""

    who: Principal
    token: str
    session: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    began: float = 0.0  # by time.perf_counter(): a film moves on by the clock, and what jumps is told at once


async def tell(data: Path, database: str, events: Sequence[Any]) -> None:
    """Put events into a service's outbox, as that service does."""
    connection = await connect(data, database)
    async with connection.transaction():
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        await outbox.add_raw(connection, *events)
    await connection.close()


def a_film() -> TitleChanged:
    """A published title as catalog tells it; nobody here reads its segments."""
    asset, title = new_id(), new_id()
    ladder = tuple(
        Rendition(height=h, width=h * 16 // 9, codec="avc1.640028", bitrate=h * 4000) for h in (360, 720, 1080)
    )
    told = PlayableAsset(
        asset_id=asset, duration=5400.0, renditions=ladder, hls=f"{asset}/1/master.m3u8",
        dash=f"{asset}/1/manifest.mpd", thumbnails=f"{asset}/1/thumbnails.vtt",
    )  # fmt: skip
    return TitleChanged(
        title_id=title, version=1, type="movie", status="published", name="Measured", maturity=0,
        playables=(Playable(id=new_id(), name="Measured", asset=told),), changed_at=datetime.now(UTC),
    )  # fmt: skip


async def everyone(data: Path, count: int, title: TitleChanged) -> list[Viewer]:
    """Viewers whose accounts and plans have reached playback and watchstate; prints how long that took."""
    signer = Signer((data / "signing_key.pem").read_text())
    viewers = []
    for _ in range(count):
        who = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), device_id=new_id())
        viewers.append(Viewer(who, signer.issue(who, ttl=3600)))
    now = datetime.now(UTC)
    accounts = [
        AccountChanged(
            account_id=v.who.account_id, version=1, profiles=(Profile(id=v.who.profile, name="Ada"),),
            devices=(Device(id=v.who.device_id or UUID(int=0), name="TV"),), changed_at=now,
        )
        for v in viewers
    ]  # fmt: skip
    plans = [
        EntitlementChanged(
            account_id=v.who.account_id, version=1, plan_id="premium-month", status="active", max_streams=4,
            max_height=2160, valid_until=now + timedelta(days=30),
        )
        for v in viewers
    ]  # fmt: skip
    await tell(data, "catalog", [title])
    started = time.perf_counter()
    await asyncio.gather(tell(data, "identity", accounts), tell(data, "billing", plans))
    playback = await connect(data, "playback")
    ids = [v.who.account_id for v in viewers]
    while time.perf_counter() - started < KNOWN_WITHIN:
        known = await playback.fetchval(
            "SELECT count(*) FROM accounts JOIN entitlements USING (account_id) WHERE account_id = ANY($1)", ids
        )
        if known == count:
            break
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - started
    await playback.close()
    print(f"{count} accounts and plans known to playback after {seconds:.1f} s ({2 * count / seconds:.0f} events/s)")
    print(f"RESULT news_events_per_second={2 * count / seconds:.0f}")
    return viewers


class House:
    """The viewers before the front door of a running platform."""

    def __init__(self, door: Door, viewers: Sequence[Viewer], playable: str, rate: float) -> None:
        self.door = door
        self.viewers = viewers
        self.rate = rate
        self._playable = playable

    @property
    def playing(self) -> list[Viewer]:
        return [viewer for viewer in self.viewers if viewer.session]

    async def home(self, seen: Seen, viewer: Viewer) -> None:
        await self.door.ask(seen, "GET", "/api/v1/home", viewer.token)

    async def start(self, seen: Seen, viewer: Viewer) -> None:
        body = {"playable_id": self._playable}
        viewer.began = time.perf_counter()
        viewer.session = await self.door.ask(seen, "POST", "/api/v1/playback/sessions", viewer.token, body) or {}

    async def beat(self, seen: Seen, viewer: Viewer) -> None:
        viewer.seq += 1
        body = {
            "seq": viewer.seq,
            "fencing": viewer.session["fencing"],
            "position": time.perf_counter() - viewer.began,
            "state": "playing",
        }
        path = f"/api/v1/playback/sessions/{viewer.session['session_id']}/heartbeat"
        await self.door.ask(seen, "POST", path, viewer.token, body)

    async def end(self, seen: Seen, viewer: Viewer) -> None:
        path = f"/api/v1/playback/sessions/{viewer.session['session_id']}?position=60"
        await self.door.ask(seen, "DELETE", path, viewer.token)

    async def join(self) -> None:
        """Everybody who has not begun begins, while those who have go on as players do."""
        waiting = [viewer for viewer in self.viewers if not viewer.session]
        going_on = asyncio.ensure_future(self._go_on())
        await paced(STARTS_A_SECOND, len(waiting) / STARTS_A_SECOND, lambda n: self.start(Seen(), waiting[n]))
        going_on.cancel()

    async def _go_on(self) -> None:
        while True:
            playing = self.playing
            await paced(len(playing) / BEAT_SECONDS, BEAT_SECONDS, lambda n: self.beat(Seen(), playing[n]))  # noqa: B023


async def least(folder: Path, rate: float) -> dict[str, float]:
    """What the smallest service costs a request in milliseconds, at the pace and flat out."""

    async def at_pace(port: int) -> int:
        door, seen = Door(port), Seen()
        await paced(rate, FLAT_OUT_SECONDS, lambda _: _ignore(door.ask(seen, "GET", "/api/v1/me", "")))
        door.close()
        return len(seen.latencies)

    async def at_most(port: int) -> int:
        door, seen = Door(port), Seen()
        done = await flat_out(FLAT_OUT_SECONDS, lambda _: _ignore(door.ask(seen, "GET", "/api/v1/me", "")))
        door.close()
        return done

    with bare.front_door(folder) as port:
        return {"heartbeat": await bare.cost(port, at_pace), "heartbeat flat out": await bare.cost(port, at_most)}


async def measure(data: Path, url: str, count: int, rate: float, seconds: float) -> None:
    server = await connect(data, "postgres")
    spending = Spending(data, server)
    await asyncio.sleep(SETTLE_SECONDS)
    await spending.measure_idle()
    smallest = await least(data, rate)
    title = a_film()
    viewers = await everyone(data, count, title)
    await asyncio.sleep(SETTLE_SECONDS)
    house = House(Door(int(url.rsplit(":", 1)[1])), viewers, str(title.playables[0].id), rate)
    pace = min(rate, STARTS_A_SECOND)

    async with phase("home", spending, "page") as seen:
        await paced(pace, min(count, 300) / pace, lambda n: house.home(seen, viewers[n]))

    first = viewers[: min(count, MEASURED_STARTS)]
    async with phase("start", spending, "start", SETTLE_SECONDS) as seen:
        await paced(STARTS_A_SECOND, len(first) / STARTS_A_SECOND, lambda n: house.start(seen, first[n]))
    await house.join()

    playing = house.playing
    # A checkpoint makes the next change of every page write the whole page: one of them for all that is measured.
    await server.execute("CHECKPOINT")
    loads: dict[str, Callable[[Seen], Awaitable[object]]] = {
        "heartbeat": lambda seen: paced(rate, seconds, lambda n: house.beat(seen, playing[n % len(playing)])),
        "heartbeat flat out": lambda seen: flat_out(
            FLAT_OUT_SECONDS, lambda n: house.beat(seen, playing[n % len(playing)])
        ),
    }
    for name, load in loads.items():
        async with phase(name, spending, "heartbeat", SETTLE_SECONDS) as seen:
            await load(seen)
        ratio = seen.above / smallest[name]
        print(f"  a bare hello behind nginx: {smallest[name]:.2f} ms a request; a heartbeat costs {ratio:.1f} of them")
        print(f"RESULT {name.replace(' ', '_')}_in_bare_hellos={ratio:.1f}")

    async with phase("end", spending, "end", SETTLE_SECONDS) as seen:
        await paced(pace, len(playing) / pace, lambda n: house.end(seen, playing[n]))
    house.door.close()
    await server.close()


async def _ignore(asked: Awaitable[Any]) -> None:
    await asked


def main() -> None:
    count, rate, seconds = ([*map(float, sys.argv[1:]), *(300.0, 50.0, 30.0)[len(sys.argv) - 1 :]])[:3]
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        try:
            bijou(data, "up", "--detach", "--no-demo")
            url = json.loads((data / "run" / "state.json").read_text())["url"]
            asyncio.run(measure(data, url, int(count), rate, seconds))
        finally:
            bijou(data, "down")


if __name__ == "__main__":
    main()
