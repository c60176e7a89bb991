"""The gateway's table of what is open agrees with what every service declares, and every operation has its service."""

import os
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from fastapi.routing import APIRoute

from deploy.local import generate
from gateway import routes
from services.catalog.api.pages import documents

ANY_ID = "018f0000-0000-7000-8000-000000000001"
# Anyone may ask to be signed out; identity answers it only to the account whose session it is.
STRICTER_BEHIND = {("POST", f"{routes.API}/auth/logout")}


def operations() -> Iterator[tuple[str, str, str, str]]:
    for name, app in generate.apps().items():
        for path, item in app.openapi()["paths"].items():
            for method, operation in item.items():
                own = path.replace("{service}", name)
                yield name, method.upper(), re.sub(r"\{[^}]+\}", ANY_ID, own), operation["x-bijou-policy"]


@pytest.fixture(scope="module")
def declared() -> list[tuple[str, str, str, str]]:
    # Building every application writes settings into the environment; they end here.
    with patch.dict(os.environ):
        return list(operations())


def test_open_here_is_open_there(declared: list[tuple[str, str, str, str]]) -> None:
    differ = {
        (method, path) for _, method, path, policy in declared if (policy == "public") != routes.is_public(method, path)
    }

    assert differ <= STRICTER_BEHIND


def test_documents_for_strangers_are_open() -> None:
    paths = {re.sub(r"\{[^}]+\}", "titles", route.path) for route in documents.routes if isinstance(route, APIRoute)}
    assert len(paths) > 5
    paths.add("/api/v1/pages/genre/драма")
    assert all(routes.is_public("GET", path) and not routes.is_public("POST", path) for path in paths)


def test_every_operation_reaches_its_own_service(declared: list[tuple[str, str, str, str]]) -> None:
    for service, _, path, _ in declared:
        if service != "gateway":
            found = routes.match(path)
            assert found is not None, path
            assert found.service == service, path


def test_operations_for_staff_alone_lie_under_admin(declared: list[tuple[str, str, str, str]]) -> None:
    for _, _, path, policy in declared:
        assert not policy.startswith("staff:") or path.startswith(routes.STAFF), path
