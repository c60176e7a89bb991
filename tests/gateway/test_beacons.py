"""What a closing page tells: its token in the first line, on one route, judged like every other."""

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.chassis.ids import new_id
from tests.conftest import TokensFor
from tests.gateway.servers import Neighbour

EVENTS = "/api/v1/events"
TEXT = {"Content-Type": "text/plain;charset=UTF-8"}
BATCH = b'{"app": "web",\n"events": []}'


async def test_a_token_in_the_first_line_is_passed_on_where_tokens_are(
    client: httpx.AsyncClient, neighbour: Neighbour, tokens_for: TokensFor
) -> None:
    token = tokens_for(profile_id=new_id())
    answer = await client.post(EVENTS, content=f"{token}\n".encode() + BATCH, headers=TEXT)
    assert (answer.status_code, answer.content) == (201, BATCH)
    (seen,) = neighbour.seen
    assert seen.headers["authorization"] == f"Bearer {token}"
    assert seen.headers["content-length"] == str(len(BATCH))


async def test_a_body_in_many_pieces_is_passed_on_whole(client: httpx.AsyncClient, tokens_for: TokensFor) -> None:
    token = tokens_for(profile_id=new_id()).encode()
    more = b"x" * 100_000

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (token[:10], token[10:], b"\n{", more, more):
            yield piece

    assert (await client.post(EVENTS, content=pieces(), headers=TEXT)).content == b"{" + more + more


@pytest.mark.parametrize(
    ("path", "kind", "line"),
    [
        (EVENTS, "text/plain", b"none\n"),
        (EVENTS, "text/plain", b"\n"),
        (EVENTS, "text/plain", b""),
        (EVENTS, "text/plain", b"a" * 9_000 + b"\n"),
        (EVENTS, "application/json", b"TOKEN\n"),
        ("/api/v1/me/list", "text/plain", b"TOKEN\n"),
        ("/api/v1/events/more", "text/plain", b"TOKEN\n"),
    ],
)
async def test_nobody_else_comes_in_by_it(
    client: httpx.AsyncClient, neighbour: Neighbour, tokens_for: TokensFor, path: str, kind: str, line: bytes
) -> None:
    line = line.replace(b"TOKEN", tokens_for(profile_id=new_id()).encode())
    answer = await client.post(path, content=line + BATCH, headers={"Content-Type": kind})
    assert answer.status_code == 401
    assert neighbour.seen == []


async def test_a_header_says_whose_it_is_where_there_is_one(
    client: httpx.AsyncClient, neighbour: Neighbour, tokens_for: TokensFor
) -> None:
    token = tokens_for(profile_id=new_id())
    body = f"{tokens_for(profile_id=new_id())}\n".encode() + BATCH
    answer = await client.post(EVENTS, content=body, headers={**TEXT, "Authorization": f"Bearer {token}"})
    assert answer.content == body
    assert neighbour.seen[0].headers["authorization"] == f"Bearer {token}"
