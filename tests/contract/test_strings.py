"""No request holds what no database does: every field has a type that says what it takes, and what does not fit is 422."""

import re
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from libs.chassis import text
from tests.contract.conftest import Services
from tests.contract.requests import example, fields, leaves, open_ended, replaced

REFUSED = {400, 401, 403, 404, 409, 410, 422}


def test_every_field_of_every_request_says_what_it_takes(applications: dict[str, FastAPI]) -> None:
    found = [
        f"{place}{what}"
        for app in applications.values()
        for place, schema in fields(app)
        for what in open_ended(schema)
    ]

    assert found == []


def test_the_walk_sees_what_is_bare() -> None:
    def seen(kind: Any) -> list[str]:
        return list(open_ended(TypeAdapter(kind).core_schema))

    assert seen(str) == [": str"]
    assert seen(list[str | None]) == [": str"]
    assert seen(Annotated[str, text.line(5)]) == []
    assert seen(int) == [": int"]


# What is searched for: these leave out what others refuse.
FORGIVING = {("/api/v1/search", "q"), ("/api/v1/search/suggest", "q"), ("/api/v1/search/discover", "text")}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def variants(
    document: dict[str, Any], operation: dict[str, Any], path: str
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Requests with one string or number in them that no database holds, and whether all else in them is right."""
    filled = re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path.replace("{kind}", "poster").replace("{number}", "1"))
    queries = [item for item in operation.get("parameters", ()) if item["in"] == "query"]
    needed = "&".join(f"{item['name']}={uuid4()}" for item in queries if item.get("required"))
    for item in queries:
        for value in ("a%00b", "99999999999999999999", "-99999999999999999999", "%F0%9F%92%A9", "inf"):
            rest = "&".join(
                f"{other['name']}={uuid4()}" for other in queries if other.get("required") and other is not item
            )
            alone = value == "a%00b" and (path, item["name"]) not in FORGIVING
            yield f"{filled}?{item['name']}={value}&{rest}", {}, alone
    for name in re.findall(r"\{([^}]+)\}", path):
        hostile = filled_but(path, name, quote("a\x00b12345678", safe=""))
        yield hostile, {}, False
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return
    body = example(content["application/json"]["schema"], document)
    for at in leaves(body, str):
        for value in ("a\x00b", "\x00", "a\u202eb"):
            yield f"{filled}?{needed}", {"json": replaced(body, at, value)}, (path, at[-1]) not in FORGIVING
        surrogate = as_surrogate(replaced(body, at, "SURROGATE"))
        yield f"{filled}?{needed}", {"content": surrogate}, (path, at[-1]) not in FORGIVING
    for at in leaves(body, int | float):  # type: ignore[arg-type]
        for number in (2**63, -(2**63) - 1, 10**30, 1e308):
            yield f"{filled}?{needed}", {"json": replaced(body, at, number)}, False
    yield f"{filled}?{needed}", {"json": {**body, "a\x00b": 1}}, False
    yield f"{filled}?{needed}", {"content": b'{"\\ud800": 1, "x": "' + b"y" * 300_000 + b'"}'}, False


def filled_but(path: str, name: str, value: str) -> str:
    ready = path.replace("{" + name + "}", value).replace("{kind}", "poster").replace("{number}", "1")
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), ready)


def as_surrogate(body: Any) -> bytes:
    import orjson

    return orjson.dumps(body).replace(b"SURROGATE", b"a\\ud800b")


@pytest.mark.slow
async def test_what_no_database_holds_is_refused_by_every_operation(
    services: Services, everyone: dict[str, str]
) -> None:
    asked, wrong = 0, []
    for name, client in services.items():
        document = (await client.get("/openapi.json")).json()
        for method, path, operation in operations(document):
            if path.endswith(("/sync", "/live")):
                continue  # a stream without an end; what it is asked with is typed like everywhere
            if path == "/api/v1/events":
                continue  # each of its events is refused by itself: tests/events/test_intake.py
            headers = {
                **everyone,
                "Idempotency-Key": str(uuid4()),
                "If-Match": '"1"',
                "Content-Type": "application/json",
            }
            for url, more, alone in variants(document, operation, path):
                answer = await client.request(method, url, headers=headers, **more)
                asked += 1
                expected = {422} if alone else REFUSED | {200, 201, 202, 204, 415}
                if "{" in path and answer.status_code == 404 and answer.json()["code"] == "not_found":
                    continue  # what can be no id is no address of ours
                documented = str(answer.status_code) in operation["responses"]
                is_problem = answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
                if answer.status_code not in expected or not documented or not is_problem:
                    wrong.append(
                        f"{name}: {method} {url[:120]} {str(more)[:160]} → {answer.status_code} {answer.text[:120]}"
                    )

    assert wrong == []
    assert asked > 300
