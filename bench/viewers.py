"""Simulated viewers through the front door: their first page, a start, heartbeats, an end; what each part spends on it.

`python -m bench.viewers [viewers] [heartbeats a second] [seconds]`. The platform runs as `make up` starts it; the viewers'
accounts and plans enter as events of identity and billing, so that the burst of news is measured too. Everything runs on
one machine, the viewers included: their own processor time is printed apart and is not the platform's.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil

from bench.platform import bijou
from deploy.local.nodes.postgres import ADMIN
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.security.tokens import Signer
from libs.contracts.billing import EntitlementChanged
from libs.contracts.catalog import Playable, PlayableAsset, TitleChanged
from libs.contracts.identity import AccountChanged, Device, Profile
from libs.contracts.media import Rendition
from libs.contracts.token import Principal

CONNECTIONS = 64
SETTLE_SECONDS = 5.0
IDLE_SECONDS = 20.0
KNOWN_WITHIN = 300.0


@dataclass
class Viewer:
    """Somebody with a plan; `seq` is the number of their last heartbeat."""

    who: Principal
    token: str
    session: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


@dataclass
class Seen:
    """What a phase saw: latencies in seconds, answers by status."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def line(self, name: str, seconds: float) -> str:
        cuts = statistics.quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        rate = len(self.latencies) / seconds
        return f"{name:<12}{rate:>9.0f}/s  p50 {cuts[49] * 1000:6.1f} ms  p99 {cuts[98] * 1000:7.1f} ms   {answers}"


class Door:
    """Kept connections to the front door, each with one request in flight."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, seen: Seen, method: str, path: str, token: str, body: object = None) -> Any:
        """One request; its JSON, or None where the answer was no success."""
        data = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: bijou\r\nAuthorization: Bearer {token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        async with self._room:
            started = time.perf_counter()
            reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(head.encode() + b"\r\n" + data)
            status, answer = await _answer(reader)
            seen.latencies.append(time.perf_counter() - started)
            seen.statuses[status] += 1
            self._free.append((reader, writer))
        return json.loads(answer) if 200 <= status < 300 and answer else None

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, body
    at = lower.find(b"content-length:")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
    return status, await reader.readexactly(length)


class Spending:
    """Processor seconds, WAL and rows of the whole platform between two looks."""

    idle = 0.0  # seconds of processor a second, with nobody there

    def __init__(self, data: Path, server: asyncpg.Connection) -> None:
        state = json.loads((data / "run" / "state.json").read_text())
        self._pids = {part["name"]: int(part["pid"]) for part in state["parts"] if part["pid"]}
        self._server = server

    def processors(self) -> dict[str, float]:
        spent: dict[str, float] = defaultdict(float)
        for name, pid in self._pids.items():
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                times = one.cpu_times()
                # Children that ended in between count too: Postgres makes and ends workers of its own.
                spent[name] += times.user + times.system + times.children_user + times.children_system
        return spent

    async def measure_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """What the platform spends on nobody, in processor seconds a second; prints it by part."""
        before, began = self.processors(), time.perf_counter()
        await asyncio.sleep(seconds)
        seconds = time.perf_counter() - began
        parts = {name: (spent - before[name]) / seconds for name, spent in self.processors().items()}
        self.idle = sum(parts.values())
        shown = ", ".join(f"{name} {share:.1%}" for name, share in sorted(parts.items(), key=lambda item: -item[1]))
        print(f"idle: {self.idle:.1%} of a core: {shown}")
        print(f"RESULT idle_percent_of_a_core={self.idle * 100:.1f}")

    async def look(self) -> dict[str, Any]:
        row = await self._server.fetchrow(
            "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal, sum(pg_database_size(datname)) AS kept,"
            " sum(tup_inserted + tup_updated + tup_deleted) AS rows FROM pg_stat_database WHERE datname IS NOT NULL"
        )
        assert row is not None
        return {"at": time.perf_counter(), "processors": self.processors(), **dict(row)}


async def connect(data: Path, database: str) -> asyncpg.Connection:
    secrets = json.loads((data / "secrets.json").read_text())
    port = json.loads((data / "ports.json").read_text())["postgres"]
    return await asyncpg.connect(
        host="127.0.0.1", port=port, user=ADMIN if database == "postgres" else database, database=database,
        password=secrets["databases"].get(database) or secrets["postgres"],
    )  # fmt: skip


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


async def paced(rate: float, seconds: float, act: Callable[[int], Awaitable[None]]) -> None:
    """Begin `act(n)` `rate` times a second, whether the earlier ones have ended or not."""
    running: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        wait = began + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.ensure_future(act(number))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


@asynccontextmanager
async def phase(name: str, spending: Spending, per: str, settle: float = 0.0) -> AsyncIterator[Seen]:
    """Measure what happens inside; print it by part, divided by the number of successful answers."""
    seen = Seen()
    before = await spending.look()
    own = sum(psutil.Process().cpu_times()[:2])
    yield seen
    ended = time.perf_counter()
    # What the events of this phase cost their consumers belongs to it.
    await asyncio.sleep(settle)
    after = await spending.look()
    done = max(1, sum(count for status, count in seen.statuses.items() if status < 300))
    parts = {part: after["processors"][part] - before["processors"][part] for part in after["processors"]}
    total = sum(parts.values())
    above = max(0.0, total - spending.idle * (after["at"] - before["at"]))
    print("\n" + seen.line(name, ended - before["at"]))
    shown = sorted(parts.items(), key=lambda item: -item[1])
    print(f"  processor: {total / done * 1000:.2f} ms a {per}, {above / done * 1000:.2f} of them above idle: ", end="")
    print(", ".join(f"{part} {spent / done * 1000:.2f}" for part, spent in shown if spent / done > 5e-6))
    wal, rows, kept = (float(after[key] - before[key]) / done for key in ("wal", "rows", "kept"))
    print(f"  Postgres: {wal:.0f} bytes of WAL, {rows:.1f} rows written, {kept:.0f} bytes kept a {per}")
    print(f"  the viewers themselves: {(sum(psutil.Process().cpu_times()[:2]) - own) / done * 1000:.2f} ms")
    key = name.replace(" ", "_")
    print(f"RESULT {key}_processor_ms={total / done * 1000:.2f}")
    print(f"RESULT {key}_processor_ms_above_idle={above / done * 1000:.2f}")
    print(f"RESULT {key}_wal_bytes={wal:.0f}")
    print(f"RESULT {key}_rows={rows:.1f}")
    print(f"RESULT {key}_kept_bytes={kept:.0f}")
    print(f"RESULT {key}_refused={sum(count for status, count in seen.statuses.items() if status >= 300)}")


async def measure(data: Path, url: str, count: int, rate: float, seconds: float) -> None:
    title = a_film()
    playable = str(title.playables[0].id)
    server = await connect(data, "postgres")
    spending = Spending(data, server)
    await asyncio.sleep(SETTLE_SECONDS)
    await spending.measure_idle()
    viewers = await everyone(data, count, title)
    await asyncio.sleep(SETTLE_SECONDS)
    door = Door(int(url.rsplit(":", 1)[1]))

    async with phase("home", spending, "page") as seen:
        await paced(min(rate, 100.0), min(count, 300) / min(rate, 100.0), lambda n: _ignore(
            door.ask(seen, "GET", "/api/v1/home", viewers[n % count].token)))  # fmt: skip

    async with phase("start", spending, "start", SETTLE_SECONDS) as seen:

        async def start(number: int) -> None:
            viewer = viewers[number]
            viewer.session = await door.ask(
                seen, "POST", "/api/v1/playback/sessions", viewer.token, {"playable_id": playable}
            )

        await paced(min(rate, 100.0), count / min(rate, 100.0), start)

    playing = [viewer for viewer in viewers if viewer.session]
    # A checkpoint makes the next change of every page write the whole page: one of them for all that is measured.
    await server.execute("CHECKPOINT")
    async with phase("heartbeat", spending, "heartbeat", SETTLE_SECONDS) as seen:

        async def beat(number: int) -> None:
            viewer = playing[number % len(playing)]
            viewer.seq += 1
            body = {
                "seq": viewer.seq,
                "fencing": viewer.session["fencing"],
                "position": viewer.seq * len(playing) / rate,
                "state": "playing",
            }
            path = f"/api/v1/playback/sessions/{viewer.session['session_id']}/heartbeat"
            await door.ask(seen, "POST", path, viewer.token, body)

        await paced(rate, seconds, beat)

    async with phase("end", spending, "end", SETTLE_SECONDS) as seen:

        async def end(number: int) -> None:
            viewer = playing[number]
            path = f"/api/v1/playback/sessions/{viewer.session['session_id']}?position=60"
            await door.ask(seen, "DELETE", path, viewer.token)

        await paced(min(rate, 100.0), len(playing) / min(rate, 100.0), end)
    door.close()
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
