"""A neighbour that is frozen, broken or half gone costs its own callers little and everybody else nothing."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from gateway.upstream import FAILURES, Circuit, ServiceUnavailable
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, eventually, free_port, serving


@contextmanager
def process() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A service in a process of its own."""
    port = free_port()
    running = subprocess.Popen([sys.executable, "-m", "bench.hello"], env={**os.environ, "BIJOU_PORT": str(port)})
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


async def test_a_frozen_service_is_not_waited_for_again_and_again(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    with process() as (running, frozen):
        async with (
            serving(neighbour.app) as url,
            start({"identity": frozen, "billing": url}, read_timeout=0.5) as client,
        ):

            async def ask(path: str = "/api/v1/me") -> int:
                return (await client.get(path, headers=auth_headers())).status_code

            async def answers() -> bool:
                return await ask() == 200

            await eventually(answers)
            running.send_signal(signal.SIGSTOP)
            waited = await asyncio.gather(*(ask() for _ in range(FAILURES)))
            refused = [await ask() for _ in range(10)]
            others = [await ask("/api/v1/plans") for _ in range(10)]
            running.send_signal(signal.SIGCONT)
            await eventually(answers)

    assert waited == [504] * FAILURES
    assert refused.count(503) >= 9  # one may have tried again
    assert others == [200] * 10


async def test_what_breaks_before_it_answers_is_left_alone(start: Start, auth_headers: AuthHeaders) -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(script, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with start({"identity": f"http://127.0.0.1:{port}"}) as client:
        answers = await asyncio.gather(*(client.get("/api/v1/me", headers=auth_headers()) for _ in range(FAILURES)))
        tried = connections
        answers.append(await client.get("/api/v1/me", headers=auth_headers()))
    listening.close()

    assert {answer.status_code for answer in answers} == {503}
    assert (tried, connections) == (FAILURES, FAILURES)


def test_one_request_at_a_time_tries_an_open_circuit() -> None:
    circuit = Circuit("tested")
    for _ in range(FAILURES):
        circuit.admit()
        circuit.failed(TimeoutError())
    with pytest.raises(ServiceUnavailable):
        circuit.admit()

    circuit._closed_from = 0.0  # a second later
    circuit.admit()
    with pytest.raises(ServiceUnavailable):
        circuit.admit()
    circuit.abandoned()
    circuit.admit()
    circuit.failed(TimeoutError())
    with pytest.raises(ServiceUnavailable):
        circuit.admit()

    circuit._closed_from = 0.0
    circuit.admit()
    circuit.succeeded()
    for _ in range(3):
        circuit.admit()


async def as_before(tasks: set[asyncio.Task[None]]) -> None:
    """Waits until no task is left that was not there before."""

    async def none_left() -> bool:
        return not {task for task in asyncio.all_tasks() - tasks if not task.done()}

    await eventually(none_left)


@pytest.mark.parametrize("headers", [{"Content-Length": "100000"}, {"Transfer-Encoding": "chunked"}])
async def test_an_upload_that_stops_coming_ends_everywhere(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders, headers: dict[str, str]
) -> None:
    never = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield bytes(1000)
        await never.wait()

    async with serving(neighbour.app) as url, start({"transcode": url}, upload_timeout=0.5) as client:
        before = asyncio.all_tasks()
        sending = asyncio.create_task(
            client.patch(
                "/api/v1/admin/uploads/1",
                content=body(),
                headers={**auth_headers(roles=["content_manager"]), **headers},
            )
        )
        async with asyncio.timeout(10):
            await neighbour.left.wait()
        sending.cancel()
        await asyncio.wait((sending,))
        await as_before(before)

    assert neighbour.received == 1000


async def test_who_stops_sending_is_told(start: Start, neighbour: Neighbour, auth_headers: AuthHeaders) -> None:
    authorization = auth_headers(roles=["content_manager"])["Authorization"]
    async with serving(neighbour.app) as url, start({"transcode": url}, upload_timeout=0.3) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        head = f"PATCH /api/v1/admin/uploads/1 HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
        writer.write(head.encode() + b"Content-Length: 10\r\n\r\nfive!")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"}")
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "body_stalled"


async def test_a_service_that_stops_reading_ends_the_upload(start: Start, auth_headers: AuthHeaders) -> None:
    held = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(1024 * 1024)

    listening = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    port = listening.sockets[0].getsockname()[1]
    async with start({"transcode": f"http://127.0.0.1:{port}"}, upload_timeout=0.5) as client:
        answer = await client.patch(
            "/api/v1/admin/uploads/1", content=body(), headers=auth_headers(roles=["content_manager"])
        )
    held.set()
    listening.close()

    assert (answer.status_code, answer.json()["code"]) == (504, "service_slow")


async def test_a_client_that_leaves_is_nobodys_error(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield bytes(1000)
        await neighbour.chunk.wait()
        raise ConnectionError("the sender leaves")

    before = asyncio.all_tasks()
    with caplog.at_level(logging.ERROR):
        with pytest.raises(ConnectionError):
            await client.patch(
                "/api/v1/admin/uploads/1", content=body(), headers=auth_headers(roles=["content_manager"])
            )
        async with asyncio.timeout(10):
            await neighbour.left.wait()
        neighbour.left.clear()
        async with client.stream("GET", "/api/v1/me/sync", headers=auth_headers()) as stream:
            await anext(stream.aiter_bytes())
        async with asyncio.timeout(10):
            await neighbour.left.wait()
        neighbour.held.add("/api/v1/me")
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/api/v1/me", headers=auth_headers(), timeout=0.5)
        await eventually(neighbour.seen[-1].is_disconnected)
        neighbour.release.set()
        await as_before(before)

    # Starlette, which stands for the service here, raises what our own middleware takes quietly.
    assert [record for record in caplog.records if "ClientDisconnect" not in (record.exc_text or "")] == []
