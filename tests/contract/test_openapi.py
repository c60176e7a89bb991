"""The published document says what really comes back: errors as problem documents, each with its status, under unique names."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

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
