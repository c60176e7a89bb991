"""Direct routes answer what FastAPI's own would have answered, and refuse signatures they cannot serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import Field

from libs.chassis.http import app as chassis
from libs.chassis.http import bodies
from libs.chassis.http.direct import DirectRoute, NotDirect
from libs.chassis.ids import new_id
from libs.chassis.security import auth
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from tests.conftest import AuthHeaders

Key = Annotated[str | None, Header(alias="Some-Key", min_length=8)]


class Inner(bodies.Body):
    height: int = Field(ge=1)


class Body(bodies.Body):
    id: UUID
    position: float = Field(ge=0, allow_inf_nan=False)
    inner: Inner | None = None


async def handler(request: Request, who: auth.Profile, item_id: UUID, body: Body, key: Key = None) -> Response:
    """Say back what arrived."""
    text = f"{who.account_id} {item_id} {body.model_dump_json()} {key}"
    return Response(text.encode(), 201, media_type="text/plain")


@pytest.fixture
async def client(verifier: Verifier) -> AsyncIterator[httpx.AsyncClient]:
    routers = [
        APIRouter(prefix="/api/v1/direct", route_class=DirectRoute),
        APIRouter(prefix="/api/v1/plain", route_class=APIRoute),
    ]
    for router in routers:
        name = router.prefix.rpartition("/")[2]
        router.post("/{item_id}", status_code=201, response_model=Body, name=name)(handler)
    app = chassis.create("direct", ServiceSettings(), routers=routers, verifier=verifier)
    async with _client(app) as found:
        yield found


@asynccontextmanager
async def _client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://direct/api/v1") as found:
        yield found


ID = str(new_id())
GOOD = b'{"id": "%s", "position": 1.5}' % ID.encode()
JSON = {"content-type": "application/json"}
REQUESTS: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "good": (ID, GOOD, JSON),
    "good, with a charset": (ID, GOOD, {"content-type": "Application/JSON; charset=utf-8"}),
    "good, with a suffix": (ID, GOOD, {"content-type": "application/vnd.bijou+json"}),
    "good, with a key": (ID, GOOD, {**JSON, "some-key": "12345678"}),
    "short key": (ID, GOOD, {**JSON, "some-key": "1234"}),
    "bad path": ("nonsense", GOOD, JSON),
    "bad path and body": ("nonsense", b"{}", JSON),
    "missing field": (ID, b'{"position": 1}', JSON),
    "nested": (ID, b'{"id": "%s", "position": 1, "inner": {"height": 0}}' % ID.encode(), JSON),
    "not a number": (ID, b'{"id": "%s", "position": NaN}' % ID.encode(), JSON),
    "not an object": (ID, b"[1]", JSON),
    "not said to be JSON": (ID, GOOD, {"content-type": "text/plain"}),
    "no content type": (ID, GOOD, {}),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_kinds_of_route_answer_alike(
    client: httpx.AsyncClient, auth_headers: AuthHeaders, name: str
) -> None:
    item, content, headers = REQUESTS[name]
    headers = headers | auth_headers(account_id=new_id(), profile_id=new_id())
    direct, plain = [
        await client.post(f"/{kind}/{item}", content=content, headers=headers) for kind in ("direct", "plain")
    ]
    assert direct.status_code == plain.status_code == (201 if name.startswith("good") else 422)
    assert direct.headers["content-type"] == plain.headers["content-type"]
    assert _comparable(direct) == _comparable(plain)


def _comparable(answer: httpx.Response) -> Any:
    """Of a refusal its code and the places; pydantic words a few mistakes differently when it reads the JSON itself."""
    if answer.status_code == 201:
        return answer.text
    return answer.json()["code"], [error["loc"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("content", [b"", b"{", b'{"id": \xff}'])
async def test_what_is_not_json_is_a_mistake_in_the_body(
    client: httpx.AsyncClient, auth_headers: AuthHeaders, content: bytes
) -> None:
    headers = JSON | auth_headers(account_id=new_id(), profile_id=new_id())
    answer = await client.post(f"/direct/{ID}", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["loc"] == ["body"]


async def test_the_policy_is_asked_before_the_body_is_read(
    client: httpx.AsyncClient, auth_headers: AuthHeaders
) -> None:
    for headers, status in (({}, 401), (auth_headers(account_id=new_id()), 403)):
        answer = await client.post(f"/direct/{ID}", content=b"{", headers=JSON | headers)
        assert answer.status_code == status, answer.text
        assert "x-request-id" in answer.headers


async def test_other_methods_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/direct/{ID}")).status_code == 405


async def test_the_contract_is_the_same(client: httpx.AsyncClient) -> None:
    paths = (await client.get("http://direct/openapi.json")).json()["paths"]
    direct, plain = [paths[f"/api/v1/{kind}/{{item_id}}"]["post"] for kind in ("direct", "plain")]
    assert direct | {"operationId": "", "summary": ""} == plain | {"operationId": "", "summary": ""}
    assert direct["x-bijou-policy"] == "profile"


async def _public(request: Request) -> Response:
    return Response()


async def _query(request: Request, who: auth.Account, page: Annotated[int, Query()] = 1) -> Response:
    return Response()


async def _bare(who: auth.Account) -> Response:
    return Response()


async def _needs_header(request: Request, who: auth.Account, key: Annotated[str, Header()]) -> Response:
    return Response()


async def _list(request: Request, who: auth.Account, body: list[int]) -> Response:
    return Response()


@pytest.mark.parametrize("handler", [_public, _query, _bare, _needs_header, _list])
def test_what_it_cannot_serve_is_refused_at_once(handler: Any) -> None:
    with pytest.raises(NotDirect):
        APIRouter(route_class=DirectRoute).post("/x")(handler)
