"""No operation takes a query parameter that its document does not name."""

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
