"""A source of keys that answers a byte at a time and never ends: who asks is told so, and does not wait for ever."""

import asyncio
from contextlib import suppress

import pytest

from libs.chassis.security.tokens import KeysUnavailable, Verifier
from tests.conftest import TokensFor

pytestmark = pytest.mark.fault


async def test_a_source_that_trickles(tokens_for: TokensFor) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1024), 0.2)
        writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1")
    verifier = Verifier(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json")
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(verifier.verify(tokens_for()) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [KeysUnavailable] * 5
    server.close()
