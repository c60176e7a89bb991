"""Whatever a service answers, each caller gets the answer to what he asked, or an error: never somebody else's."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable

import httpx

from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n"


def whole(body: bytes) -> bytes:
    return OK + LENGTH % len(body) + b"\r\n" + body


POISON = whole(b"poison")

# Each answers a request whose number is the body; the last field says whether the caller may get it.
ANSWERS: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
    "length": (lambda n: whole(n), True),
    "chunks": (lambda n: OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(n), n), True),
    "second answer": (lambda n: whole(n) + POISON, True),
    "half a second answer": (lambda n: whole(n) + POISON[:20], True),
    "rubbish after": (lambda n: whole(n) + b"\x00rubbish", True),
    "interim": (lambda n: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + whole(n), True),
    "too short a length": (lambda n: OK + LENGTH % 1 + b"\r\n" + n, True),
    "two lengths": (lambda n: OK + LENGTH % len(n) + LENGTH % 1 + b"\r\n" + n + POISON, False),
    "same length twice": (lambda n: OK + LENGTH % len(n) * 2 + b"\r\n" + n, False),
    "both": (lambda n: OK + LENGTH % len(n) + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + POISON, False),
    "both, the other way": (lambda n: OK + b"Transfer-Encoding: chunked\r\n" + LENGTH % len(n) + b"\r\n" + n, False),
    "folded": (lambda n: OK + b"X-A: a\r\n b\r\n" + LENGTH % len(n) + b"\r\n" + n, False),
    "unknown encoding": (lambda n: OK + b"Transfer-Encoding: gzip\r\n\r\n" + n, False),
    "another protocol": (lambda n: b"HTTP/1.1 101 Fine\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + POISON, False),
    "no HTTP": (lambda n: b"220 mail.example ESMTP\r\n" + POISON, False),
    "nothing": (lambda n: b"", False),
}


class Strange:
    """Answers as the path says, and keeps the connection open for whoever would read on."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked = re.match(rb"GET /api/v1/me/([^/]+)/(\d+) ", head)
                assert asked
                answer = ANSWERS[asked[1].decode().replace("%20", " ").replace("%2C", ",")][0](asked[2])
                if not answer:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def test_nobody_gets_anothers_answer(start: Start, auth_headers: AuthHeaders) -> None:
    chosen = random.Random(1)
    listening = await asyncio.start_server(Strange(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    counted: Counter[tuple[str, bool]] = Counter()
    headers = auth_headers()

    async def ask(client: httpx.AsyncClient, first: int) -> None:
        for number in range(first, first + 60):
            name = chosen.choice(sorted(ANSWERS))
            answer = await client.get(f"/api/v1/me/{name}/{number}", headers=headers)
            own = answer.status_code == 200
            assert own == ANSWERS[name][1] or answer.status_code in (502, 503), name
            if own:
                assert answer.content == str(number).encode()[: 1 if name == "too short a length" else None], name
            counted[name, own] += 1

    async with start({"identity": f"http://127.0.0.1:{port}"}, limit_account=10**6, limit_address=10**6) as client:
        await asyncio.gather(*(ask(client, 1000 * (n + 1)) for n in range(8)))
    listening.close()

    assert {name for name, own in counted if own} == {name for name, (_, good) in ANSWERS.items() if good}
