"""The published document says what really comes back: errors as problem documents, each with its status, under unique names."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

from fastapi import FastAPI
from starlette.routing import Match

Document = dict[str, Any]


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_every_error_is_a_problem_document(document: Document) -> None:
    wrong = {
        f"{where} {status}": sorted(response.get("content", {}))
        for where, operation in operations(document)
        for status, response in operation["responses"].items()
        if (status == "default" or status >= "400")
        and list(response.get("content", {})) != ["application/problem+json"]
    }

    assert wrong == {}


def test_every_operation_lists_the_refusals_that_follow_from_what_it_declares(document: Document) -> None:
    for where, operation in operations(document):
        needed = {"429", "503"}
        if operation["x-bijou-policy"] != "public":
            needed |= {"401", "403"}
        if operation.get("parameters") or "application/json" in operation.get("requestBody", {}).get("content", {}):
            needed.add("422")
        assert needed <= set(operation["responses"]), where


def test_codes_that_a_description_names_stand_with_their_status(document: Document) -> None:
    subscribe = document["paths"]["/api/v1/me/subscription"]["post"]["responses"]

    assert "`payment_declined`" in subscribe["402"]["description"]
    assert "`already_subscribed`" in subscribe["409"]["description"]
    assert subscribe["422"]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/InvalidProblem")


def test_names_are_unique_also_as_a_generator_spells_them(document: Document) -> None:
    schemas = document["components"]["schemas"]
    spelled = Counter(schema["title"].replace("_", "").lower() for schema in schemas.values())

    assert [title for title, times in spelled.items() if times > 1] == []
    assert not schemas.keys() & {"HTTPValidationError", "ValidationError"}
    nested = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, inner in schema.get("properties", {}).items()
        if "title" in inner
    ]
    assert nested == []


def beside(fixed: str, pattern: str) -> bool:
    """Whether a path with a name in it has the form of another one with an id in that place."""
    parts = list(zip(fixed.split("/"), pattern.split("/"), strict=False))
    return (
        fixed != pattern
        and fixed.count("/") == pattern.count("/")
        and all(a == b or (b.startswith("{") and not a.startswith("{")) for a, b in parts)
    )


def test_a_name_in_a_path_is_never_taken_for_an_id(applications: dict[str, FastAPI]) -> None:
    """`DELETE /me/list/order` is refused as a method, not as a title with a bad id."""
    found, taken = 0, []
    for application in applications.values():
        paths = application.openapi()["paths"]
        for fixed, pattern in product(paths, repeat=2):
            if not beside(fixed, pattern):
                continue
            found += 1
            path = re.sub(r"\{[^}]+\}", "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13", fixed)
            for method in paths[pattern].keys() - paths[fixed].keys():
                scope = {"type": "http", "path": path, "root_path": "", "method": method.upper(), "headers": []}
                if any(route.matches(scope)[0] is Match.FULL for route in application.router.routes):
                    taken.append(f"{method.upper()} {fixed} is taken for {pattern}")
    assert found >= 5
    assert taken == []
