"""What taking events in costs one worker: batches of twenty and of one, each acknowledged, beside the smallest FastAPI service.

`python -m bench.events`. Real Postgres, Valkey and the local broker. Every event is new and every answer says `accepted`; events
a second of processor are those of the service's own process, and of it, Valkey and the broker together. Then how long it takes
until staff see a play: from the moment its player tells of it until the report on how playing goes has its start-up. Last how
long a switch takes: from the editor's request until another process that follows the flags knows of it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path

import httpx
import orjson
import psutil

from bench.load import Result, ratio, table
from bench.playback import run
from bench.processes import python
from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.nodes.valkey import Valkey
from deploy.local.ports import free_port
from libs.chassis.clock import SystemClock
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.chassis.messaging.flags import Flags
from libs.chassis.security.tokens import Signer, new_private_key
from libs.contracts.playback import SessionStarted
from libs.contracts.token import Principal

VIEWERS, ROUNDS, SECONDS, BATCH = 400, 9, 1.0, 20
PLAYS, GOAL_SEEN = 60, 3.0
SWITCHES, GOAL_SWITCHED = 60, 5.0
GOAL_EVENTS, GOAL_SMALL = 20_000, 0.25
HELLO = b"GET /api/v1/me HTTP/1.1\r\nHost: hello\r\n\r\n"
MARK = "00000000-0000-7000-8000-000000000000"


def batches(tokens: list[str], size: int) -> Iterator[bytes]:
    """Requests of `size` events each, all with ids of their own."""
    now = SystemClock().now().isoformat()
    event = {
        "id": MARK, "type": "impression", "at": now, "visit": str(new_id()), "seq": 7, "impression_id": str(new_id()),
        "title_id": str(new_id()), "row": "top-rated", "row_position": 1, "position": 3,
    }  # fmt: skip
    body = {
        "sent_at": now,
        "app": "web",
        "app_version": "1.4.0",
        "consents": ["personalisation"],
        "events": [event] * size,
    }
    pieces = orjson.dumps(body).split(MARK.encode())
    length = len(orjson.dumps(body))
    heads = cycle([
        f"POST /api/v1/events HTTP/1.1\r\nHost: events\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()
        for token in tokens
    ])  # fmt: skip
    run_id = new_id().hex[:8]
    for number in count():
        ids = [f"{run_id}-0000-7000-8000-{number * size + place:012x}".encode() for place in range(size)]
        whole = [pieces[0]]
        for each, piece in zip(ids, pieces[1:], strict=True):
            whole += (each, piece)
        yield next(heads) + b"".join(whole)


def spent(name: str) -> float:
    """Seconds of processor of our children whose command line has this word, and of theirs."""
    found = [child for child in psutil.Process().children(recursive=True) if name in " ".join(child.cmdline())]
    return sum(sum(child.cpu_times()[:2]) for child in found)


def wait_for_broker(port: int) -> None:
    """Return when the service is connected to everything; raise TimeoutError."""
    deadline = time.monotonic() + 30
    while set(httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).json()["components"].values()) != {"ok"}:
        if time.monotonic() > deadline:
            raise TimeoutError("the service is not connected")
        time.sleep(0.1)


def measure(environment: Mapping[str, str], tokens: list[str]) -> tuple[dict[str, list[Result]], float, float]:
    results: dict[str, list[Result]] = {"bare FastAPI hello": [], "a batch of one": [], f"a batch of {BATCH}": []}
    small, large = batches(tokens, 1), batches(tokens, BATCH)
    ours = all_of_it = 0.0
    with python("bench.hello", {}) as hello, python("services.events.main", environment) as events:
        wait_for_broker(events)
        run(hello, cycle([HELLO]), seconds=0.5)
        for warm in (small, large):
            run(events, warm, seconds=1.0)
        for _ in range(ROUNDS):
            results["bare FastAPI hello"].append(run(hello, cycle([HELLO]), seconds=SECONDS))
            results["a batch of one"].append(run(events, small, seconds=SECONDS))
            before = spent("services.events"), spent("valkey") + spent("tansu")
            results[f"a batch of {BATCH}"].append(run(events, large, seconds=SECONDS))
            service = spent("services.events") - before[0]
            ours += service
            all_of_it += service + spent("valkey") + spent("tansu") - before[1]
    taken = sum(result.requests for result in results[f"a batch of {BATCH}"]) * BATCH
    return results, taken / ours, taken / all_of_it


async def seen(port: int, bootstrap: str, viewer: Principal, token: str, staff: str) -> list[float]:
    """Return how many seconds each of some plays took from the beacon of its player to the report, in order."""
    bus, took = Bus(bootstrap, service="bench"), []
    await bus.start()
    await bus.ready()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False) as client:
        for _ in range(PLAYS):
            play = {name: str(new_id()) for name in ("session_id", "title_id", "playable_id")}
            now = SystemClock().now()
            began = SessionStarted(
                **play, account_id=viewer.account_id, profile_id=viewer.profile, asset_id=new_id(), position=0, started_at=now
            )  # fmt: skip
            beacon = {
                **play, "id": str(new_id()), "type": "playback", "at": now.isoformat(), "sn": 1, "sta": "playing", "msd": 420
            }  # fmt: skip
            value = began.model_dump_json().encode()
            await bus.send(Outgoing(began.TOPIC.name, began.key(), new_id(), began.TYPE, now, value))
            started = time.perf_counter()
            told = {"app": "web", "app_version": "1.4.0", "events": [beacon]}
            answer = await client.post("/events", json=told, headers={"Authorization": f"Bearer {token}"})
            assert answer.json()["verdicts"][0]["verdict"] == "accepted", answer.text
            await reported(client, staff, play["title_id"])
            took.append(time.perf_counter() - started)
    await bus.stop()
    return sorted(took)


async def switched(port: int, bootstrap: str, editor: str) -> list[float]:
    """Return how many seconds each of some switches took from the editor's request to another process that follows, in order."""
    bus, flags, took = Bus(bootstrap, service="bench"), Flags(), []
    following = flags.follow(bus)
    await bus.start()
    await following.start()
    await bus.ready()
    who = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id())
    headers = {"Authorization": f"Bearer {editor}", "If-Match": "*"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False) as client:
        for number in range(SWITCHES):
            on = number % 2 == 1
            started = time.perf_counter()
            answer = await client.put("/admin/flags/bench.switch", json={"on": on}, headers=headers)
            assert answer.status_code == 200, answer.text
            async with asyncio.timeout(30):
                while flags.is_on("bench.switch", who, default=not on) is not on:  # noqa: ASYNC110  (it tells nobody)
                    await asyncio.sleep(0.005)
            took.append(time.perf_counter() - started)
            await asyncio.sleep(0.1 * (number % 7))  # not in step with whatever looks at times
    await following.stop()
    await bus.stop()
    return sorted(took)


async def reported(client: httpx.AsyncClient, staff: str, title_id: str) -> None:
    """Return when the report has the start-up of a title. Raises TimeoutError."""
    async with asyncio.timeout(30):
        while True:
            path = "/admin/analytics/playback?minutes=5&limit=100"
            report = (await client.get(path, headers={"Authorization": f"Bearer {staff}"})).json()
            if any(item["key"] == title_id and item["startup_p50_ms"] for item in report["items"]):
                return
            await asyncio.sleep(0.02)


@contextmanager
def backends() -> Iterator[tuple[dict[str, str], Signer, list[Principal]]]:
    """Run what the service stands on; yield what it is told, who signs its tokens, and viewers."""
    signer = Signer(new_private_key())
    viewers = [Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id()) for _ in range(VIEWERS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        keys = folder / "jwks.json"
        keys.write_bytes(orjson.dumps(signer.jwks()))
        postgres = Postgres(folder / "data", free_port(), "measured", folder / "postgres.log")
        valkey = Valkey(folder / "valkey", free_port(), folder / "valkey.log", "measured")
        broker = Tansu(free_port(), folder / "tansu.log")
        nodes = (postgres, valkey, broker)
        try:
            for node in nodes:
                node.start()
            postgres.ensure_databases([("events", "measured")])
            url = postgres.url_of("events", "events", "measured")
            migrations.upgrade("services.events", url)
            environment = {
                "BIJOU_DATABASE_URL": url,
                "BIJOU_REDIS_URL": valkey.url,
                "BIJOU_KAFKA_BOOTSTRAP": broker.bootstrap,
                "BIJOU_KAFKA_FORGETS": "true",
                "BIJOU_JWKS_CACHE": str(keys),
                "BIJOU_LOG_LEVEL": "error",
                "BIJOU_EVENTS_PER_MINUTE": "100000000",
            }
            yield environment, signer, viewers
        finally:
            for node in nodes:
                node.stop()


def main() -> None:
    with backends() as (environment, signer, viewers):
        tokens = [signer.issue(viewer, ttl=3600) for viewer in viewers]
        results, ours, together = measure(environment, tokens)
        support = Principal(account_id=new_id(), session_id=new_id(), roles=frozenset({"support"}))
        staff = signer.issue(support, ttl=3600)
        with python("services.events.main", environment) as port:
            wait_for_broker(port)
            took = asyncio.run(seen(port, environment["BIJOU_KAFKA_BOOTSTRAP"], viewers[0], tokens[0], staff))
            manager = Principal(account_id=new_id(), session_id=new_id(), roles=frozenset({"content_manager"}))
            switches = asyncio.run(
                switched(port, environment["BIJOU_KAFKA_BOOTSTRAP"], signer.issue(manager, ttl=3600))
            )
    table(results, "bare FastAPI hello")
    beside = ratio(results, "a batch of one", "bare FastAPI hello")
    wall = sum(r.requests for r in results[f"a batch of {BATCH}"]) * BATCH / (ROUNDS * SECONDS)
    print(
        f"\nevents a second of the service's processor: {ours:,.0f} (goal: at least {GOAL_EVENTS:,}); {wall:,.0f} by the clock"
    )
    print(
        f"with Valkey's and the broker's: {together:,.0f}; one small batch beside a hello: {beside:.2f} (goal: {GOAL_SMALL})"
    )
    late = took[int(len(took) * 0.95)]
    print(
        f"from a player's word to the report: {took[len(took) // 2]:.2f} s, 19 of 20 within {late:.2f} s (goal: {GOAL_SEEN})"
    )
    slowest = switches[-1]
    print(
        f"from an editor's switch to another process: {switches[len(switches) // 2]:.2f} s, the slowest of {SWITCHES}"
        f" {slowest:.2f} s (goal: {GOAL_SWITCHED})"
    )
    print(f"RESULT events_switched_slowest_s={slowest:.3f}")
    print(f"RESULT events_seen_p95_s={late:.3f}")
    print(f"RESULT events_per_core={ours:.0f}")
    print(f"RESULT events_per_core_with_backends={together:.0f}")
    print(f"RESULT events_small_vs_hello={beside:.3f}")


if __name__ == "__main__":
    main()
