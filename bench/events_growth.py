"""How taking events in grows with what is offered: 1,000, 10,000 and 100,000 events a second, and what memory it takes meanwhile.

`python -m bench.events_growth [SECONDS]`. One worker, real Postgres, Valkey and the local broker; batches of twenty at a steady
pace, whether answers come or not, over 64 connections. What is late waits in the generator, and its time counts from when it was
due: where more is offered than one worker takes, the share that was taken says how much. Every answer must be a success.
"""

from __future__ import annotations

import selectors
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil

from bench.events import BATCH, backends, batches, spent, wait_for_broker
from bench.load import Target, UnexpectedAnswer, connected
from bench.processes import python

OFFERED = (1_000, 10_000, 100_000)
SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
CONNECTIONS = 64
MIB = 1 << 20


@dataclass(frozen=True)
class Taken:
    """What became of a load: events taken, over seconds, latencies in milliseconds from when a batch was due, in order."""

    events: int
    seconds: float
    latencies: list[float]

    def at(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


def offer(port: int, requests: Iterator[bytes], *, a_second: float, seconds: float) -> Taken:
    """Send batches when they are due, as far as connections are free."""
    selector, clock = selectors.DefaultSelector(), time.perf_counter
    idle = deque(connected(Target(port, "/")) for _ in range(CONNECTIONS))
    for connection in idle:
        selector.register(connection, selectors.EVENT_READ, [0, 0.0])
    latencies: list[float] = []
    started = now = clock()
    sent = 0
    try:
        while now < started + seconds:
            while idle and (due := started + sent / a_second) <= now:
                connection = idle.popleft()
                selector.get_key(connection).data[:] = [0, due]
                connection.sendall(next(requests))
                sent += 1
            wait = 0.05 if not idle else max(0.0, started + sent / a_second - clock())
            for key, _ in selector.select(min(wait, 0.05)):
                if answered(key):
                    latencies.append((clock() - key.data[1]) * 1000)
                    idle.append(key.fileobj)  # type: ignore[arg-type]
            now = clock()
    finally:
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        selector.close()
    return Taken(len(latencies) * BATCH, now - started, sorted(latencies))


def answered(key: selectors.SelectorKey) -> bool:
    """Read what there is of an answer; say whether that was the rest of it. Raises UnexpectedAnswer."""
    ready: Any = key.fileobj
    state = key.data
    data = ready.recv(65536)
    if data[9:10] != b"2" and state[0] == 0:
        raise UnexpectedAnswer(data[:600].decode("latin-1") or "the connection was closed")
    if state[0] == 0:
        head = data.index(b"\r\n\r\n") + 4
        at = data.lower().index(b"content-length:", 0, head) + 15
        state[0] = head + int(data[at : data.index(b"\r\n", at)])
    state[0] -= len(data)
    return bool(state[0] == 0)


def resident(name: str) -> float:
    """MiB of our children whose command line has this word."""
    found = [child for child in psutil.Process().children(recursive=True) if name in " ".join(child.cmdline())]
    return sum(child.memory_info().rss for child in found) / MIB


def main() -> None:
    print(
        f"{'offered/s':>10}{'taken/s':>10}{'share':>8}{'p50 ms':>9}{'p95 ms':>9}{'a core':>9}{'MiB':>7}{'Valkey MiB':>12}"
    )
    with backends() as (environment, signer, viewers), python("services.events.main", environment) as port:
        wait_for_broker(port)
        load = batches([signer.issue(viewer, ttl=3600) for viewer in viewers], BATCH)
        offer(port, load, a_second=50, seconds=2)
        for offered in OFFERED:
            before = spent("services.events")
            taken = offer(port, load, a_second=offered / BATCH, seconds=SECONDS)
            core = taken.events / (spent("services.events") - before)
            rate = taken.events / taken.seconds
            mib = resident("services.events")
            print(
                f"{offered:>10,}{rate:>10,.0f}{rate / offered:>8.2f}{taken.at(0.5):>9.1f}{taken.at(0.95):>9.1f}"
                f"{core:>9,.0f}{mib:>7.0f}{resident('valkey'):>12.0f}"
            )
            print(f"RESULT events_taken_of_{offered}={rate / offered:.2f}")
            print(f"RESULT events_mib_at_{offered}={mib:.0f}")


if __name__ == "__main__":
    main()
