"""A load generator that is not the bottleneck: one process, keep-alive sockets, no HTTP library.

Every connection has one request in flight. The first answer is read by its headers; the following ones must have the same
length and a 200, which every endpoint measured here gives.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BUFFER = 1 << 20


@dataclass(frozen=True)
class Target:
    """What to ask of whom."""

    port: int
    path: str
    headers: Mapping[str, str] | None = None
    host: str = "127.0.0.1"

    def request(self) -> bytes:
        head = [f"GET {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in (self.headers or {}).items()]
        return ("\r\n".join(head) + "\r\n\r\n").encode()


@dataclass(frozen=True)
class Result:
    """What one run of the load saw; latencies in milliseconds, at most the first 200,000."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class UnexpectedAnswer(RuntimeError):
    """An endpoint under load answered something else than the 200 it gave at first."""


def run(target: Target, *, seconds: float, connections: int = 32) -> Result:
    """Keeps `connections` requests in flight for `seconds`."""
    request = target.request()
    size = _first_answer(target, request)
    selector = selectors.DefaultSelector()
    buffer = memoryview(bytearray(BUFFER))
    latencies: list[float] = []
    requests = 0
    open_sockets = [connected(target) for _ in range(connections)]
    try:
        clock = time.perf_counter
        started = now = clock()
        for connection in open_sockets:
            state = [size, clock()]
            selector.register(connection, selectors.EVENT_READ, state)
            connection.send(request)
        end = started + seconds
        while now < end:
            for key, _ in selector.select(0.1):
                connection = key.fileobj  # type: ignore[assignment]
                state = key.data
                count = connection.recv_into(buffer)
                if not count:
                    raise UnexpectedAnswer("the connection was closed")
                if state[0] == size and bytes(buffer[9:12]) != b"200":
                    raise UnexpectedAnswer(bytes(buffer[: min(count, 200)]).decode("latin-1"))
                state[0] -= count
                if state[0] > 0:
                    continue
                if state[0] < 0:
                    raise UnexpectedAnswer("an answer of another length")
                now = clock()
                requests += 1
                if len(latencies) < 200_000:
                    latencies.append(now - state[1])
                state[0] = size
                state[1] = now
                connection.send(request)
            now = clock()
    finally:
        selector.close()
        for connection in open_sockets:
            connection.close()
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    return Result(requests, now - started, cuts[49] * 1000, cuts[98] * 1000)


def interleaved(
    targets: Mapping[str, Target], *, rounds: int = 15, seconds: float = 0.5, connections: int = 32
) -> dict[str, list[Result]]:
    """Measures the targets in turn, so that what else the machine does falls on all alike."""
    for target in targets.values():
        run(target, seconds=0.4, connections=connections)
    results: dict[str, list[Result]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, target in targets.items():
            results[name].append(run(target, seconds=seconds, connections=connections))
    return results


def ratio(results: Mapping[str, Sequence[Result]], of: str, to: str) -> float:
    """The median over the rounds of one target's rate relative to another's."""
    return statistics.median(a.rate / b.rate for a, b in zip(results[of], results[to], strict=True))


def table(results: Mapping[str, Sequence[Result]], baseline: str, write: Callable[[str], object] = print) -> None:
    """Prints the median of each target."""
    write(f"{'':<26}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'ratio':>8}")
    for name, runs in results.items():
        rate = statistics.median(r.rate for r in runs)
        p50 = statistics.median(r.p50 for r in runs)
        p99 = statistics.median(r.p99 for r in runs)
        write(f"{name:<26}{rate:>12.0f}{p50:>10.2f}{p99:>10.2f}{ratio(results, name, baseline):>8.2f}")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(port: int, seconds: float = 30.0) -> None:
    """Returns when something listens; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def connected(target: Target) -> socket.socket:
    connection = socket.create_connection((target.host, target.port), timeout=20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _first_answer(target: Target, request: bytes) -> int:
    """Asks once and returns the length of the whole answer, headers included."""
    with connected(target) as connection:
        connection.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                raise UnexpectedAnswer(data.decode("latin-1"))
            data += part
    head, _, _ = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if lines[0].split()[1] != b"200":
        raise UnexpectedAnswer(data[:500].decode("latin-1"))
    lengths = [int(line.split(b":")[1]) for line in lines[1:] if line.lower().startswith(b"content-length:")]
    return len(head) + 4 + lengths[0]
