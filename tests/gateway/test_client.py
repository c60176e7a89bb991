"""The client against servers that answer in every way HTTP/1.1 allows, and in some that it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.client import ENDLESS, Body, Broken, Connection, NotConnected, Pool, TooSlow, Unread
from tests.gateway.servers import free_port

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Speaks raw bytes: `script` is run for each connection."""

    def __init__(self, script: Handler) -> None:
        self.script = script
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def pool_of(server: Server) -> AsyncIterator[Pool]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    pool = Pool(f"http://127.0.0.1:{port}", connect_timeout=2)
    try:
        yield pool
    finally:
        pool.close()
        listening.close()
        await asyncio.sleep(0)


def always(answer: bytes) -> Server:
    """Gives the same bytes to every request of a connection."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)

    return Server(script)


def once(answer: bytes) -> Server:
    """Gives these bytes and closes."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return Server(script)


async def ask(
    pool: Pool,
    method: bytes = b"GET",
    body: Body = None,
    timeout: float = 10.0,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> tuple[Connection, bytes]:
    async with asyncio.timeout(20):
        answer = await pool.request(method, b"/x?y=1", headers or [], body, timeout=timeout)
        content = b""
        try:
            while chunk := await answer.read():
                content += chunk
        finally:
            answer.release()
        return answer, content


@pytest.mark.parametrize(
    ("raw", "status", "content"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "1"\r\n\r\n', 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b""),
    ],
)
async def test_every_framing_and_the_connection_is_kept(raw: bytes, status: int, content: bytes) -> None:
    server = always(raw)
    async with pool_of(server) as pool:
        found = [await ask(pool) for _ in range(3)]

    assert [(answer.status, body) for answer, body in found] == [(status, content)] * 3
    assert server.connections == 1
    assert not any(name == b"link" for name, _ in found[0][0].headers)


async def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    server = once(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    async with pool_of(server) as pool:
        assert (await ask(pool))[1] == b"until the end"
        assert (await ask(pool))[1] == b"until the end"
    assert server.connections == 2


async def test_a_head_has_a_length_and_no_body() -> None:
    server = always(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    async with pool_of(server) as pool:
        for _ in range(3):
            answer, content = await ask(pool, b"HEAD")
            assert ((b"content-length", b"5") in answer.headers, content) == (True, b"")
    assert server.connections == 1


async def test_an_answer_may_come_byte_by_byte() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with pool_of(Server(script)) as pool:
        answer, content = await ask(pool)

    assert (dict(answer.headers)[b"x-a"], content) == (b"1", b"hello")


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_cut_short_or_not_http_is_broken(raw: bytes) -> None:
    async with pool_of(once(raw)) as pool:
        with pytest.raises(Broken):
            await ask(pool)


async def test_a_second_answer_nobody_asked_for_is_never_read_as_the_next() -> None:
    server = always(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")
    async with pool_of(server) as pool:
        assert [(await ask(pool))[1] for _ in range(3)] == [b"a"] * 3
    assert server.connections == 3


async def test_a_kept_connection_that_was_closed_costs_a_read_nothing_and_a_write_its_answer() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n")  # the next request on this connection gets no answer

    server = Server(script)
    async with pool_of(server) as pool:
        assert [(await ask(pool))[1] for _ in range(4)] == [b"ok"] * 4
        with pytest.raises(Unread):
            await ask(pool, b"POST", b"", headers=[(b"content-length", b"0")])
    assert server.connections == 4


async def test_silence_has_a_limit_and_an_endless_answer_has_none() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await reader.read()

    async with pool_of(Server(script)) as pool:
        with pytest.raises(TooSlow):
            await ask(pool, timeout=0.1)
        answer = await pool.request(b"GET", b"/", [], timeout=ENDLESS)
        assert await answer.read() == b"a"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answer.read(), 0.3)
        answer.close()


async def test_a_body_is_sent_with_its_length_or_in_chunks() -> None:
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            body = await reader.readuntil(b"end" if b"content-length" in head else b"0\r\n\r\n")
            seen.append(head + body)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a\r\n"
        await asyncio.sleep(0.01)
        yield b"the end"

    server = Server(script)
    async with pool_of(server) as pool:
        await ask(pool, b"POST", pieces(), headers=[(b"content-length", b"10")])
        await ask(pool, b"POST", pieces())
        await ask(pool, b"POST", b"the end", headers=[(b"content-length", b"7")])

    assert [raw.partition(b"\r\n\r\n")[2] for raw in seen] == [
        b"a\r\nthe end",
        b"3\r\na\r\n\r\n7\r\nthe end\r\n0\r\n\r\n",
        b"the end",
    ]
    assert b"transfer-encoding: chunked" in seen[1]
    assert server.connections == 1


async def test_a_refusal_before_the_body_is_read_is_heard_and_the_connection_not_used_again() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await reader.read()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)
            await asyncio.sleep(0.001)

    server = Server(script)
    async with pool_of(server) as pool:
        for _ in range(2):
            answer, content = await ask(pool, b"POST", endless(), headers=[(b"content-length", b"9" * 12)])
            assert (answer.status, content) == (413, b"no")
    assert server.connections == 2


async def test_a_slow_reader_holds_the_service_back() -> None:
    size = 64 * 1024 * 1024
    written = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(bytes(65536))
            written += 65536
            await writer.drain()
        await reader.read()

    async with pool_of(Server(script)) as pool:
        answer = await pool.request(b"GET", b"/", [], timeout=10)
        held = -1
        while held != written:  # until the service can write no more
            held = written
            await asyncio.sleep(0.2)
        assert held < size // 2
        total = 0
        while chunk := await answer.read():
            total += len(chunk)
        answer.release()

    assert total == size


async def test_nobody_there() -> None:
    pool = Pool(f"http://127.0.0.1:{free_port()}", connect_timeout=1)
    with pytest.raises(NotConnected):
        await ask(pool)
