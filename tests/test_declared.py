"""The watch over what services answer sees a code that nobody declared."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from libs.chassis.http import app
from libs.chassis.http.declared_problems import raises
from libs.chassis.problems import Conflict
from libs.chassis.security import auth
from libs.chassis.settings import ServiceSettings


class Taken(Conflict):
    """Somebody has this already."""

    code = "taken_in_a_test"


@pytest.mark.parametrize("told", [True, False])
async def test_a_code_that_an_operation_does_not_declare_is_noted(told: bool, undeclared: list[str]) -> None:
    router = APIRouter()

    async def take() -> None:
        """Take it."""
        raise Taken

    take.__module__ = "services.sample.api"
    more: dict[str, Any] = {"responses": raises(Taken)} if told else {}
    router.post("/api/v1/take", status_code=204, dependencies=[auth.PUBLIC], **more)(take)
    # What a service declares is read once; these are two.
    service = app.create("telling" if told else "silent", ServiceSettings(), routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://sample") as client:
        answer = await client.post("/api/v1/take")
    met = [*undeclared]
    undeclared.clear()

    assert answer.json()["code"] == "taken_in_a_test"
    assert met == ([] if told else ["POST /api/v1/take answers `taken_in_a_test`: declare it with raises(…)"])
