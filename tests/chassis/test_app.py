"""The app factory: policies, probes, problems and traces, on a small service of this test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from libs.chassis import problems
from libs.chassis.http import app as chassis
from libs.chassis.http import bodies
from libs.chassis.ids import new_id
from libs.chassis.security import auth
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from libs.contracts.token import Principal
from tests.conftest import AuthHeaders

router = APIRouter(prefix="/api/v1")
Editor = Annotated[Principal, auth.staff("editor")]


class Body(bodies.Body):
    name: str
    size: int


class Full(problems.Conflict):
    """The shelf is full. Take something off first."""

    code = "shelf_full_in_test"


@router.get("/open", dependencies=[auth.PUBLIC])
async def open_to_all() -> dict[str, str]:
    return {"said": "hello"}


@router.get("/mine")
async def mine(who: auth.Account) -> dict[str, str]:
    return {"account": str(who.account_id)}


@router.get("/watching")
async def watching(who: auth.Profile) -> dict[str, str]:
    return {"profile": str(who.profile)}


@router.post("/edit")
async def edit(who: Editor, body: Body) -> Body:
    return body


@router.get("/full", dependencies=[auth.PUBLIC])
async def full() -> None:
    raise Full(retry_after=3, shelf=7)


@router.get("/kept", dependencies=[auth.PUBLIC])
async def read_kept() -> None:
    """Declared apart from its other method, as routes are."""


@router.put("/kept", dependencies=[auth.PUBLIC])
async def write_kept() -> None: ...


@router.get("/broken", dependencies=[auth.PUBLIC])
async def broken() -> None:
    raise ZeroDivisionError("secret detail")


class FakeComponent:
    required = True

    def __init__(self, name: str, journal: list[str]) -> None:
        self.name = name
        self.journal = journal
        self.fails = False

    async def start(self) -> None:
        self.journal.append(f"start {self.name}")

    async def stop(self) -> None:
        self.journal.append(f"stop {self.name}")

    async def check(self) -> None:
        if self.fails:
            raise ConnectionError("no answer")


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
        ) as client,
    ):
        yield client


@pytest.fixture
async def client(verifier: Verifier) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(chassis.create("test", ServiceSettings(), routers=[router], verifier=verifier)) as client:
        yield client


async def test_each_policy_lets_in_whom_it_names(client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
    account, profile = new_id(), new_id()
    assert (await client.get("/api/v1/open")).status_code == 200
    assert (await client.get("/api/v1/mine")).status_code == 401
    assert (await client.get("/api/v1/mine", headers=auth_headers(account_id=account))).json() == {
        "account": str(account)
    }
    refused = await client.get("/api/v1/watching", headers=auth_headers())
    assert (refused.status_code, refused.json()["code"]) == (403, "profile_required")
    assert (await client.get("/api/v1/watching", headers=auth_headers(profile_id=profile))).json() == {
        "profile": str(profile)
    }
    body = {"name": "a", "size": 1}
    assert (await client.post("/api/v1/edit", json=body)).status_code == 401
    refused = await client.post("/api/v1/edit", json=body, headers=auth_headers(roles=["support"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    for role in ("editor", "super_admin"):
        assert (await client.post("/api/v1/edit", json=body, headers=auth_headers(roles=[role]))).status_code == 200


async def test_a_route_without_a_policy_does_not_start() -> None:
    bare = APIRouter(prefix="/api/v1")

    @bare.get("/forgotten")
    async def forgotten() -> None:
        return None

    with pytest.raises(chassis.UndeclaredPolicy, match="forgotten"):
        chassis.create("test", ServiceSettings(), routers=[bare])


async def test_the_openapi_document_names_every_policy(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {path: op["x-bijou-policy"] for path, ops in paths.items() for op in ops.values()} == {
        "/api/v1/open": "public",
        "/api/v1/mine": "account",
        "/api/v1/watching": "profile",
        "/api/v1/edit": "staff:editor,super_admin",
        "/api/v1/full": "public",
        "/api/v1/kept": "public",
        "/api/v1/broken": "public",
    }


async def test_problems_are_documents(client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
    answer = await client.get("/api/v1/full", headers={"X-Request-ID": "trace-me-12345"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["x-request-id"] == "trace-me-12345"
    assert answer.json() == {
        "type": "urn:bijou:problem:shelf_full_in_test",
        "title": "Shelf full in test",
        "status": 409,
        "detail": "The shelf is full. Take something off first.",
        "code": "shelf_full_in_test",
        "retryable": False,
        "trace_id": "trace-me-12345",
        "shelf": 7,
    }
    invalid = await client.post(
        "/api/v1/edit", json={"name": "hunter2", "size": "x"}, headers=auth_headers(roles=["editor"])
    )
    assert (invalid.status_code, invalid.json()["code"]) == (422, "invalid")
    assert invalid.json()["errors"][0]["loc"] == ["body", "size"]
    assert "hunter2" not in invalid.text
    assert (await client.get("/api/v1/nowhere")).json()["code"] == "not_found"
    assert (await client.delete("/api/v1/open")).json()["code"] == "method_not_allowed"


async def test_what_broke_inside_stays_inside(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret detail" not in answer.text
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]


async def test_a_hostile_trace_id_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/open", headers={"X-Request-ID": "a b<script>"})
    assert "<" not in answer.headers["x-request-id"]


async def test_components_start_in_order_and_stop_in_reverse(verifier: Verifier) -> None:
    journal: list[str] = []
    app = chassis.create(
        "t", ServiceSettings(), components=[FakeComponent("a", journal), FakeComponent("b", journal)], verifier=verifier
    )
    async with client_of(app):
        assert journal == ["start a", "start b"]
    assert journal == ["start a", "start b", "stop b", "stop a"]


async def test_readiness_follows_the_required_components_alone(verifier: Verifier) -> None:
    needed, optional = FakeComponent("needed", []), FakeComponent("optional", [])
    optional.required = False
    async with client_of(
        chassis.create("t", ServiceSettings(), components=[needed, optional], verifier=verifier)
    ) as client:
        optional.fails = True
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["components"]["optional"]) == (200, "ConnectionError: no answer")
        needed.fails = True
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200
        assert "bijou_http_requests_total" in (await client.get("/metrics")).text


def test_a_code_has_one_status() -> None:
    with pytest.raises(TypeError, match="shelf_full_in_test"):

        class AlsoFull(problems.Gone):
            """Another."""

            code = "shelf_full_in_test"


async def test_a_method_that_is_not_taken_names_all_that_are(client: httpx.AsyncClient) -> None:
    for method in ("DELETE", "PROPFIND"):
        answer = await client.request(method, "/api/v1/kept")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, PUT"
    assert "allow" not in (await client.get("/api/v1/nowhere")).headers
