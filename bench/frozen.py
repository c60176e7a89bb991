"""What a frozen neighbour costs the others: every part of the platform is stopped in turn under a steady load (SIGSTOP).

`python -m bench.frozen [seconds frozen]`. The callers of the frozen part go on calling, as they would. Compared is the p99 of
all routes that do not need it with the p99 of the same routes in the calm stretches of the same run. About two minutes.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from bench.door import Door, Seen
from bench.platform import bijou
from bench.viewers import SETTLE_SECONDS, Viewer, a_film, everyone

VIEWERS = 60
RATE = 15.0  # of each route, requests a second
FROZEN_SECONDS = 7.0
CALM_SECONDS = 5.0
AGAIN_SECONDS = 3.0  # after it goes on: what had piled up is worked off, and not looked at
PARTS = ("identity", "billing", "catalog", "watchstate", "playback", "transcode", "valkey", "tansu", "postgres")
PASSWORD = "a quiet lighthouse 42"


@dataclass
class Route:
    """What is asked again and again, by `ask(number, into)`, and which parts it cannot do without."""

    needs: frozenset[str]
    ask: Callable[[int, Seen], Awaitable[object]]
    calm: Seen = field(default_factory=Seen)
    seen: Seen = field(default_factory=Seen)


def p99(latencies: list[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(latencies, n=100)[98] * 1000 if len(latencies) > 1 else 0.0


@contextmanager
def frozen(data: Path, part: str) -> Iterator[None]:
    """A part that does nothing and says nothing, with all its processes, for as long as the block lasts."""
    state = json.loads((data / "run" / "state.json").read_text())
    first = psutil.Process(next(int(item["pid"]) for item in state["parts"] if item["name"] == part))
    stopped = [first, *first.children(recursive=True)]
    try:
        for process in stopped:
            process.suspend()
        yield
    finally:
        for process in reversed(stopped):
            with suppress(psutil.NoSuchProcess):
                process.resume()


async def register(url: str) -> str:
    """Somebody whom identity knows too; returns the access token."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        body = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD, "name": "Iris"}
        answer = (await client.post("/api/v1/auth/register", json=body)).raise_for_status()
        return str(answer.json()["access_token"])


async def routes(url: str, viewers: list[Viewer], playable: str) -> dict[str, Route]:
    """One route of each service, the app itself, and the first page, which is put together from several."""
    port = int(url.rsplit(":", 1)[1])
    known = await register(url)

    def of(viewer: int) -> Viewer:
        return viewers[viewer % len(viewers)]

    def get(path: str, *needs: str, token: str | None = None) -> Route:
        # Who hangs holds up nobody here: each route has connections of its own.
        door = Door(port)
        return Route(frozenset(needs), lambda n, seen: door.ask(seen, "GET", path, token or of(n).token))

    beats = Door(port)
    for viewer in viewers:
        body = {"playable_id": playable}
        viewer.session = await beats.ask(Seen(), "POST", "/api/v1/playback/sessions", viewer.token, body)

    async def beat(number: int, seen: Seen) -> None:
        viewer = of(number)
        viewer.seq += 1
        body = {"seq": viewer.seq, "fencing": viewer.session["fencing"], "position": viewer.seq, "state": "playing"}
        path = f"/api/v1/playback/sessions/{viewer.session['session_id']}/heartbeat"
        await beats.ask(seen, "POST", path, viewer.token, body)

    return {
        "the app": get("/", "nginx"),
        "profiles": get("/api/v1/me/profiles", "identity", "postgres", token=known),
        "invoices": get("/api/v1/me/invoices", "billing", "postgres"),
        "new titles": get("/api/v1/titles/new", "catalog", "postgres"),
        "history": get("/api/v1/me/history", "watchstate", "postgres"),
        "first page": get("/api/v1/home", "catalog", "watchstate", "postgres"),
        "heartbeat": Route(frozenset(("playback", "postgres")), beat),
    }


class Load:
    """All routes at their rate, without an end; what comes back counts for the stretch in which it was asked."""

    def __init__(self, asked: Mapping[str, Route]) -> None:
        self._asked = asked
        self._running: set[asyncio.Task[None]] = set()
        self._into: Callable[[Route], Seen | None] = lambda route: None

    async def stretch(self, seconds: float, into: Callable[[Route], Seen | None] = lambda route: None) -> None:
        """Measure for so long into what `into` names of each route; nothing is kept of a route for which it names nothing."""
        self._into = into
        await asyncio.sleep(seconds)

    async def run(self) -> None:
        began = time.perf_counter()
        number = 0
        while True:
            for place, route in enumerate(self._asked.values()):
                wait = began + (number + place / len(self._asked)) / RATE - time.perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
                task = asyncio.create_task(self._ask(route, number))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            number += 1

    async def _ask(self, route: Route, number: int) -> None:
        # The app is no JSON, and who was cut off has been measured by waiting.
        with suppress(OSError, asyncio.IncompleteReadError, json.JSONDecodeError):
            await route.ask(number, self._into(route) or Seen())

    async def end(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def measure(data: Path, url: str, seconds: float) -> None:
    title = a_film()
    viewers = await everyone(data, VIEWERS, title)
    await asyncio.sleep(SETTLE_SECONDS)
    asked = await routes(url, viewers, str(title.playables[0].id))
    load = Load(asked)
    driving = asyncio.create_task(load.run())
    during: dict[str, dict[str, Seen]] = {}
    await load.stretch(AGAIN_SECONDS)
    for part in PARTS:
        await load.stretch(CALM_SECONDS, lambda route: route.calm)
        for route in asked.values():
            route.seen = Seen()
        with frozen(data, part):
            await load.stretch(seconds, lambda route: route.seen)
        during[part] = {name: route.seen for name, route in asked.items() if part not in route.needs}
        await load.stretch(AGAIN_SECONDS)
    driving.cancel()
    await load.end()
    show(asked, during)


def show(asked: Mapping[str, Route], during: Mapping[str, Mapping[str, Seen]]) -> None:
    """Print the p99 of each route that does not need what was frozen, and of all of them together, beside the calm."""
    print(
        f"{'p99 in ms while frozen':<24}" + "".join(f"{name:>12}" for name in asked) + f"{'together':>12}{'ratio':>8}"
    )
    calm = [p99(route.calm.latencies) for route in asked.values()]
    print(f"{'nothing':<24}" + "".join(f"{value:>12.1f}" for value in calm))
    worst = 0.0
    for part, seen in during.items():
        cells = [f"{p99(seen[name].latencies):.1f}" if name in seen else "–" for name in asked]
        then = p99([each for one in seen.values() for each in one.latencies])
        before = p99([each for name in seen for each in asked[name].calm.latencies])
        worst = max(worst, then / before)
        print(f"{part:<24}" + "".join(f"{cell:>12}" for cell in cells) + f"{then:>12.1f}{then / before:>8.2f}")
        refused = {status: count for one in seen.values() for status, count in one.statuses.items() if status >= 300}
        if refused:
            print(f"  refused: {refused}")
        print(f"RESULT frozen_{part}_others_p99_ratio={then / before:.2f}")
        print(f"RESULT frozen_{part}_others_refused={sum(refused.values())}")
    print(f"RESULT frozen_worst_others_p99_ratio={worst:.2f}")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else FROZEN_SECONDS
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        try:
            bijou(data, "up", "--detach", "--no-demo")
            url = json.loads((data / "run" / "state.json").read_text())["url"]
            asyncio.run(measure(data, url, seconds))
        finally:
            bijou(data, "down")


if __name__ == "__main__":
    main()
