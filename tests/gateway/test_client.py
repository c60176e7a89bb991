"""The client against servers that answer in every way HTTP/1.1 allows, and in some that it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.connection import ENDLESS, Body, Broken, Connection, TooSlow, Unread
from gateway.pool import Headers, NotConnected, NotEndToEnd, Pool
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
    headers: Headers = (),
    length: int | None = None,
) -> tuple[Connection, bytes]:
    async with asyncio.timeout(20):
        answer = await pool.request(method, b"/x?y=1", headers, body, length=length, timeout=timeout)
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
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b""),
    ],
)
async def test_every_framing_and_the_connection_is_kept(raw: bytes, status: int, content: bytes) -> None:
    server = always(raw)
    async with pool_of(server) as pool:
        found = [await ask(pool) for _ in range(3)]

    assert [(answer.status, body) for answer, body in found] == [(status, content)] * 3
    assert server.connections == 1


@pytest.mark.parametrize("interim", [b"100 Continue\r\n", b"103 Early Hints\r\nLink: </a>\r\n"])
async def test_an_interim_answer_is_not_the_answer_and_ends_the_trust(interim: bytes) -> None:
    server = always(b"HTTP/1.1 " + interim + b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with pool_of(server) as pool:
        found = [await ask(pool) for _ in range(2)]

    assert [(answer.status, content) for answer, content in found] == [(200, b"ok")] * 2
    assert not any(name == b"link" for name, _ in found[0][0].headers)
    assert server.connections == 2


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
    assert server.connections == 3  # a body that should not be there would be read as the next answer


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
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-Fold: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 99 Early\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
async def test_what_is_cut_short_or_not_http_is_broken(raw: bytes) -> None:
    async with pool_of(once(raw)) as pool:
        with pytest.raises(Broken):
            await ask(pool)


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"


@pytest.mark.parametrize(
    ("more", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", 3),
        (b"HTTP/1.1 200 OK\r\n", 3),
        (b"H", 3),
        (b"b", 3),
        (b"\r\n", 1),  # an empty line before an answer means nothing
    ],
)
async def test_what_follows_an_answer_is_never_read_as_the_next(more: bytes, connections: int) -> None:
    server = always(ANSWER + more)
    async with pool_of(server) as pool:
        assert [(await ask(pool))[1] for _ in range(3)] == [b"a"] * 3
    assert server.connections == connections


@pytest.mark.parametrize("more", [ANSWER.replace(b"a", b"b"), b"HTTP/1.1 200 OK\r\n", b"\r\n"])
async def test_what_an_idle_connection_says_ends_it(more: bytes) -> None:
    late = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await late.wait()
        writer.write(more)
        await reader.read()  # until it is closed
        closed.set()

    closed = asyncio.Event()
    server = Server(script)
    async with pool_of(server) as pool:
        assert (await ask(pool))[1] == b"a"
        late.set()
        async with asyncio.timeout(10):
            await closed.wait()
        assert (await ask(pool))[1] == b"a"
    assert server.connections == 2


async def test_a_trailer_is_not_a_header() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSet-Cookie: a=b\r\n\r\n"
    async with pool_of(always(raw)) as pool:
        answer, content = await ask(pool)

    assert content == b"a"
    assert b"set-cookie" not in dict(answer.headers)


@pytest.mark.parametrize(
    "name", [b"content-length", b"Transfer-Encoding", b"connection", b"host", b"expect", b"upgrade", b"te", b"trailer"]
)
async def test_a_caller_cannot_frame(name: bytes) -> None:
    pool = Pool("http://127.0.0.1:1", connect_timeout=1)
    with pytest.raises(NotEndToEnd):
        await ask(pool, b"POST", b"a", headers=[(name, b"1")])


@pytest.mark.parametrize(
    ("method", "target", "header"),
    [
        (b"GET", b"/", (b"x-a", b"b\r\nx-b: c")),
        (b"GET", b"/", (b"x-a", b"b\nx-b: c")),
        (b"GET", b"/", (b"x-a\r\nx-b: c", b"")),
        (b"GET", b"/", (b"x-a", b"\0")),
        (b"GET", b"/ HTTP/1.1\r\nx-b: c\r\n\r\nGET /", (b"x-a", b"b")),
        (b"GET", b"/a b", (b"x-a", b"b")),
        (b"GET /\r\n\r\n", b"/", (b"x-a", b"b")),
    ],
)
async def test_a_caller_cannot_write_lines(method: bytes, target: bytes, header: tuple[bytes, bytes]) -> None:
    pool = Pool("http://127.0.0.1:1", connect_timeout=1)
    with pytest.raises(NotEndToEnd):
        await pool.request(method, target, [header])


@pytest.mark.parametrize("pieces", [[b"abc"], [b"abcdef"], [b"abcde", b"f"], []])
async def test_a_body_that_is_not_as_long_as_it_says_ends_the_connection(pieces: list[bytes]) -> None:
    ended = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            ended.set()

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with pool_of(Server(script)) as pool:
        with pytest.raises(Broken):
            await ask(pool, b"POST", body(), length=5)
        async with asyncio.timeout(10):
            await ended.wait()


async def test_a_kept_connection_that_was_closed_costs_a_read_nothing_and_a_write_its_answer() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n")  # the next request on this connection gets no answer

    server = Server(script)
    async with pool_of(server) as pool:
        assert [(await ask(pool))[1] for _ in range(4)] == [b"ok"] * 4
        with pytest.raises(Unread):
            await ask(pool, b"POST", b"")
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
        await ask(pool, b"POST", pieces(), length=10)
        await ask(pool, b"POST", pieces())
        await ask(pool, b"POST", b"the end")

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
            answer, content = await ask(pool, b"POST", endless(), length=10**12)
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


async def test_no_connection_lives_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    server = always(ANSWER)
    async with pool_of(server) as pool:
        assert [(await ask(pool))[1] for _ in range(2)] == [b"a"] * 2
        monkeypatch.setattr("gateway.connection.LONGEST_LIFE", 0.0)
        assert [(await ask(pool))[1] for _ in range(2)] == [b"a"] * 2
    assert server.connections == 3
