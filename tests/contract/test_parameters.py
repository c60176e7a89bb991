"""No operation takes a query parameter that its document does not name, or one twice."""

import re
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from tests.contract.conftest import Services
from tests.contract.requests import routes

UNKNOWN = "statuss"


async def test_every_operation_refuses_a_parameter_that_it_does_not_know(
    built: dict[str, FastAPI], services: Services, everyone: dict[str, str]
) -> None:
    taken, asked = [], 0
    for name, app in built.items():
        for route in routes(app):
            path = re.sub(r"\{[^}]+:int\}", "1", route.path)
            path = re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path)
            for method in route.methods or ():
                asked += 1
                answer = await services[name].request(method, f"{path}?{UNKNOWN}=draft", headers=everyone)
                body: dict[str, Any] = answer.json() if answer.content else {}
                told = [error["loc"] for error in body.get("errors", ())]
                if (answer.status_code, told) != (422, [["query", UNKNOWN]]) and method != "HEAD":
                    taken.append(f"{method} {route.path}: {answer.status_code}")
    assert taken == []
    assert asked > 150


async def test_a_parameter_given_twice_is_refused_and_pages_take_whatever_a_link_carries(
    services: Services, everyone: dict[str, str]
) -> None:
    twice = await services["catalog"].get("/api/v1/titles?limit=1&limit=2", headers=everyone)
    assert (twice.status_code, twice.json()["errors"][0]["msg"]) == (422, "given more than once")
    page = await services["catalog"].get("/api/v1/pages/robots.txt?utm_source=mail&utm_source=x")
    assert page.status_code == 200
